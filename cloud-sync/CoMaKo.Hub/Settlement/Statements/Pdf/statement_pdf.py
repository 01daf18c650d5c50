"""Makes PDF files of HTML texts: one JSON object {"name", "html"} per line of standard input, files into the folder given. Nothing is fetched from anywhere."""
import json
import os
import resource
import sys

MEMORY, CPU = 2 * 1024**3, 120
resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))

try:
    from weasyprint import HTML
except ImportError:
    sys.exit(3)


def refuse(url, *_, **__):
    raise ValueError("nothing is fetched: " + url[:80])


folder = sys.argv[1]
for line in sys.stdin:
    page = json.loads(line)
    HTML(string=page["html"], url_fetcher=refuse).write_pdf(os.path.join(folder, page["name"]))
    print(page["name"], flush=True)

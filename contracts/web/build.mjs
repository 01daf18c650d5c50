// Bundles the web assets of one project:  node build.mjs <project's Web folder> <output folder>
// Every *.ts and *.css directly in the Web folder is an entry; icons and mark are shared. Output names carry a hash of
// their content, each file also lies there compressed, and assets.json maps names to hashed names.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const [web, out] = process.argv.slice(2);
const shared = dirname(fileURLToPath(import.meta.url));
const entries = readdirSync(web).filter((name) => /\.(ts|css)$/.test(name)).map((name) => join(web, name));
const scripts = entries.filter((name) => name.endsWith(".ts"));

const compiler = join(shared, "../../node_modules/typescript/bin/tsc");
const options = JSON.parse(readFileSync(join(shared, "tsconfig.json"), "utf8")).compilerOptions;
const flags = Object.entries(options).filter(([key]) => key !== "types").flatMap(([key, value]) => [`--${key}`, String(value)]);
if (scripts.length > 0) execFileSync(process.execPath, [compiler, "--ignoreConfig", ...flags, ...scripts], { stdio: "inherit" });

const bundled = buildSync({
  entryPoints: entries, bundle: true, minify: true, write: false, outdir: out, format: "esm", target: ["es2022"],
  loader: { ".svg": "dataurl" }, legalComments: "inline", logLevel: "warning",
});
const files = bundled.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]);
for (const name of ["icons.svg", "mark.svg"]) {
  const text = readFileSync(join(shared, name), "utf8").replace(/<!--.*?-->/gs, "").replace(/>\s+</g, "><").trim();
  files.push([name, Buffer.from(text)]);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const names = {};
for (const [name, content] of files) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  names[name] = hashed;
  writeFileSync(join(out, hashed), content);
  writeFileSync(join(out, `${hashed}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(out, `${hashed}.gz`), gzipSync(content, { level: 9 }));
}
writeFileSync(join(out, "assets.json"), JSON.stringify(names));

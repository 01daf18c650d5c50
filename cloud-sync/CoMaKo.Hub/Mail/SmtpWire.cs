using System.Globalization;
using System.Text;

namespace CoMaKo.Hub.Mail;

/// <summary>Lines of SMTP on a stream, with limits on what the other side may send.</summary>
internal sealed class SmtpWire(Stream stream) : IAsyncDisposable
{
    /// <summary>RFC 5321 section 4.5.3.1.5 has 512; some servers say more.</summary>
    private const int MostLine = 2048;

    private const int MostLines = 100;

    private readonly byte[] buffer = new byte[MostLine];
    private int from;
    private int to;

    public Stream Stream => stream;

    /// <summary>Whether the server sent more than was read.</summary>
    public bool HasRest => from < to;

    /// <summary>Reads an answer.</summary>
    /// <returns>Its code, and its lines apart by <c>\n</c>.</returns>
    /// <exception cref="IOException">The line broke, or what came is no answer.</exception>
    public async Task<(int Code, string Text)> ReadAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (lines.Count < MostLines)
        {
            string line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code) || (line.Length > 3 && line[3] is not (' ' or '-')))
                throw new IOException("The server does not speak SMTP.");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ') return (code, string.Join('\n', lines));
        }

        throw new IOException("The server's answer has no end.");
    }

    public async Task WriteLineAsync(string line, CancellationToken cancellationToken)
    {
        if (line.AsSpan().ContainsAny('\r', '\n', '\0')) throw new ArgumentException("A command is one line.", nameof(line));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Writes a mail with its end mark; a dot at a line's begin is doubled (RFC 5321 section 4.5.2).</summary>
    /// <exception cref="ArgumentException">It does not end with a line end, or has a bare one, which some servers take for an end mark.</exception>
    public async Task WriteDataAsync(byte[] mail, CancellationToken cancellationToken)
    {
        using var stuffed = new MemoryStream(mail.Length + 64);
        byte before = (byte)'\n';
        for (int i = 0; i < mail.Length; i++)
        {
            byte each = mail[i];
            if ((each == '\n' && before != '\r') || (before == '\r' && each != '\n')) throw new ArgumentException("Lines of a mail end in CR LF.", nameof(mail));
            if (each == '.' && before == '\n') stuffed.WriteByte((byte)'.');
            stuffed.WriteByte(each);
            before = each;
        }

        if (before != '\n') throw new ArgumentException("A mail ends with a line end.", nameof(mail));
        stuffed.Write(".\r\n"u8);
        await stream.WriteAsync(stuffed.GetBuffer().AsMemory(0, (int)stuffed.Length), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            while (from < to)
            {
                byte each = buffer[from++];
                if (each == '\n') return line.ToString();
                if (each == '\r') continue;
                if (line.Length >= MostLine) throw new IOException("The server's line is too long.");
                line.Append((char)each);
            }

            from = 0;
            to = await stream.ReadAsync(buffer, cancellationToken);
            if (to == 0) throw new IOException("The server closed the line.");
        }
    }
}

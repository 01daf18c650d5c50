using System.Globalization;
using System.Text;

namespace CoMaKo.Hub.Mail;

/// <summary>A mail's bytes: RFC 5322 with MIME (RFC 2045 quoted-printable, RFC 2047 encoded words), all ASCII, lines of at most 78 characters. Pure: equal mails give equal bytes.</summary>
internal static class MailText
{
    private const string NewLine = "\r\n";

    /// <summary>Bytes of text in one encoded word; with its frame the word has at most 75 characters.</summary>
    private const int WordBytes = 42;

    /// <summary>Writes a mail.</summary>
    /// <param name="from">An address that <see cref="MailAddress"/> takes.</param>
    /// <param name="messageId">Without brackets.</param>
    /// <exception cref="ArgumentException">A header's value has a control character, with which it could begin another header.</exception>
    public static byte[] Write(string from, string to, string subject, string text, string messageId, DateTimeOffset at)
    {
        foreach (string value in (ReadOnlySpan<string>)[from, to, subject, messageId])
            if (value.Any(char.IsControl)) throw new ArgumentException("A header's value has a control character.");
        var mail = new StringBuilder()
            .Append("Date: ").Append(at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)).Append(NewLine)
            .Append("From: ").Append(from).Append(NewLine)
            .Append("To: ").Append(to).Append(NewLine)
            .Append("Message-ID: <").Append(messageId).Append('>').Append(NewLine)
            .Append("Subject: ").Append(Unstructured(subject, "Subject: ".Length)).Append(NewLine)
            .Append("Auto-Submitted: auto-generated").Append(NewLine) // RFC 3834: no absence note comes back
            .Append("MIME-Version: 1.0").Append(NewLine)
            .Append("Content-Type: text/plain; charset=utf-8").Append(NewLine)
            .Append("Content-Transfer-Encoding: quoted-printable").Append(NewLine).Append(NewLine);
        foreach (string line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')) QuotedPrintable(mail, line);
        return Encoding.ASCII.GetBytes(mail.ToString());
    }

    /// <summary>A header's value, folded: as it is where it is plain ASCII in words that fit, else as encoded words.</summary>
    private static string Unstructured(string value, int column)
    {
        bool isPlain = value.All(c => c is >= ' ' and <= '~') && !value.Contains("=?", StringComparison.Ordinal) && !value.Contains("  ", StringComparison.Ordinal) && value == value.Trim() && value.Split(' ').All(word => word.Length <= 60);
        if (!isPlain) return EncodedWords(value);
        var folded = new StringBuilder();
        foreach (string word in value.Split(' '))
        {
            bool isFirst = folded.Length == 0;
            if (!isFirst) folded.Append(column + 1 + word.Length > 76 ? NewLine + " " : " ");
            column = !isFirst && column + 1 + word.Length > 76 ? 1 + word.Length : column + word.Length + (isFirst ? 0 : 1);
            folded.Append(word);
        }

        return folded.ToString();
    }

    /// <summary>Each word holds whole characters; the first line also holds the header's name, so words are kept short.</summary>
    private static string EncodedWords(string value)
    {
        var words = new List<string>();
        var bytes = new List<byte>();
        Span<byte> rune = stackalloc byte[4];
        foreach (var each in value.EnumerateRunes())
        {
            int length = each.EncodeToUtf8(rune);
            if (bytes.Count + length > WordBytes) Close();
            bytes.AddRange(rune[..length]);
        }

        Close();
        return string.Join(NewLine + " ", words);

        void Close()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. bytes])}?=");
            bytes.Clear();
        }
    }

    private static void QuotedPrintable(StringBuilder mail, string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        int column = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            bool isBlankAtEnd = bytes[i] is (byte)' ' or (byte)'\t' && i == bytes.Length - 1;
            bool isPlain = bytes[i] is (>= 32 and <= 126 and not (byte)'=') or (byte)'\t' && !isBlankAtEnd;
            int width = isPlain ? 1 : 3;
            if (column + width > 75)
            {
                mail.Append('=').Append(NewLine);
                column = 0;
            }

            if (isPlain) mail.Append((char)bytes[i]);
            else mail.Append('=').Append(bytes[i].ToString("X2", CultureInfo.InvariantCulture));
            column += width;
        }

        mail.Append(NewLine);
    }
}

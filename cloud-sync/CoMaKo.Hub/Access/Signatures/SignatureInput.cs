using System.Globalization;

namespace CoMaKo.Hub.Access.Signatures;

/// <summary>What a signature covers and what it says of itself: one member of the field <c>Signature-Input</c> (RFC 9421 §4.1, structured fields of RFC 9651).</summary>
/// <param name="Label">Names the signature in both fields.</param>
/// <param name="Components">Covered components in their order, without parameters of their own.</param>
/// <param name="Parameters">In their order; numbers as they are written.</param>
internal sealed record SignatureInput(string Label, IReadOnlyList<string> Components, IReadOnlyList<SignatureParameter> Parameters)
{
    private const int MostCharacters = 2000, MostParts = 32;

    /// <summary>Unix seconds; absent if it is not said.</summary>
    public long? Created => NumberOf("created");

    public long? Expires => NumberOf("expires");

    public string? KeyId => TextOf("keyid");

    public string? Nonce => TextOf("nonce");

    public string? Algorithm => TextOf("alg");

    /// <summary>The value of <c>@signature-params</c>, as every signer writes it.</summary>
    public override string ToString() => $"({string.Join(' ', Components.Select(Quoted))}){string.Concat(Parameters.Select(each => $";{each.Name}={(each.IsText ? Quoted(each.Value) : each.Value)}"))}";

    /// <summary>Reads a field with one signature. Nothing throws.</summary>
    /// <returns>Absent if it is none, or has what is not understood here: several signatures, components with parameters.</returns>
    public static SignatureInput? Parse(string text)
    {
        if (text.Length > MostCharacters) return null;
        var rest = text.AsSpan().Trim(' ');
        if (LabelOf(ref rest) is not { } label || !Take(ref rest, '(')) return null;
        var components = new List<string>();
        while (!Take(ref rest, ')'))
        {
            if (components.Count > 0 && !Take(ref rest, ' ')) return null;
            if (Text(ref rest) is not { } component || components.Contains(component, StringComparer.Ordinal) || components.Count == MostParts) return null;
            components.Add(component);
        }

        var parameters = new List<SignatureParameter>();
        while (!rest.IsEmpty)
            if (!Take(ref rest, ';') || Parameter(ref rest) is not { } parameter || parameters.Any(each => each.Name == parameter.Name) || parameters.Count == MostParts) return null;
            else parameters.Add(parameter);
        return new SignatureInput(label, components, parameters);
    }

    /// <summary>Bytes of a field such as <c>sig1=:AAEC:</c>; absent if it has another form or another name.</summary>
    public static byte[]? ParseBytes(string text, string name)
    {
        if (text.Length > MostCharacters) return null;
        foreach (string member in text.Split(','))
        {
            string trimmed = member.Trim(' ');
            if (!trimmed.StartsWith($"{name}=:", StringComparison.Ordinal) || !trimmed.EndsWith(':') || trimmed.Length < name.Length + 3) continue;
            byte[] bytes = new byte[trimmed.Length];
            return Convert.TryFromBase64String(trimmed[(name.Length + 2)..^1], bytes, out int length) ? bytes[..length] : null;
        }

        return null;
    }

    private long? NumberOf(string name) =>
        Parameters.FirstOrDefault(each => each.Name == name) is { IsText: false } found && long.TryParse(found.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private string? TextOf(string name) => Parameters.FirstOrDefault(each => each.Name == name) is { IsText: true } found ? found.Value : null;

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static bool Take(ref ReadOnlySpan<char> rest, char expected)
    {
        if (rest.IsEmpty || rest[0] != expected) return false;
        rest = rest[1..];
        return true;
    }

    private static string? LabelOf(ref ReadOnlySpan<char> rest) => Name(ref rest) is { } name && Take(ref rest, '=') ? name : null;

    private static SignatureParameter? Parameter(ref ReadOnlySpan<char> rest)
    {
        if (Name(ref rest) is not { } name || !Take(ref rest, '=') || rest.IsEmpty) return null;
        if (rest[0] == '"') return Text(ref rest) is { } text ? new SignatureParameter(name, text, IsText: true) : null;
        int sign = rest[0] == '-' ? 1 : 0, digits = rest[sign..].IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) digits = rest.Length - sign;
        if (digits is 0 or > 15) return null;
        string number = rest[..(sign + digits)].ToString();
        rest = rest[(sign + digits)..];
        return new SignatureParameter(name, number, IsText: false);
    }

    private static string? Name(ref ReadOnlySpan<char> rest)
    {
        int length = 0;
        while (length < rest.Length && (char.IsAsciiLetterLower(rest[length]) || rest[length] == '*' || (length > 0 && (char.IsAsciiDigit(rest[length]) || rest[length] is '_' or '-' or '.')))) length++;
        if (length == 0) return null;
        string name = rest[..length].ToString();
        rest = rest[length..];
        return name;
    }

    private static string? Text(ref ReadOnlySpan<char> rest)
    {
        if (!Take(ref rest, '"')) return null;
        var text = new System.Text.StringBuilder();
        while (!rest.IsEmpty && rest[0] != '"')
        {
            if (rest[0] is < ' ' or > '~') return null;
            if (Take(ref rest, '\\') && (rest.IsEmpty || rest[0] is not ('"' or '\\'))) return null;
            text.Append(rest[0]);
            rest = rest[1..];
        }

        return Take(ref rest, '"') ? text.ToString() : null;
    }
}

/// <summary>A parameter of a signature.</summary>
internal sealed record SignatureParameter(string Name, string Value, bool IsText);

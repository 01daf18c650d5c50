using System.Diagnostics.CodeAnalysis;

namespace CoMaKo.Quantities;

/// <summary>What a parser of outside input answers: a value, or a stable error code with the place and a text. Parsers never throw on input.</summary>
/// <param name="Value">The value; default when <paramref name="Error"/> is present.</param>
/// <param name="Error">Absent on success.</param>
public readonly record struct ParseResult<T>(T? Value, ParseError? Error)
{
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Success => Error is null;

    public static implicit operator ParseResult<T>(T value) => new(value, null);

    public static implicit operator ParseResult<T>(ParseError error) => new(default, error);

    /// <summary>The value, for callers that know that the input is their own.</summary>
    /// <exception cref="FormatException">The input was wrong; the text says where.</exception>
    public T GetValueOrThrow() => Success ? Value! : throw new FormatException(Error.ToString());
}

/// <summary>Why input was refused.</summary>
/// <param name="Code">Stable code, e.g. <c>CME-1101</c>.</param>
/// <param name="Offset">Zero-based position in the input (bytes, or characters of a text).</param>
/// <param name="Text">One English sentence for logs; pages translate by code.</param>
public sealed record ParseError(string Code, int Offset, string Text)
{
    public override string ToString() => FormattableString.Invariant($"{Code} at {Offset}: {Text}");
}

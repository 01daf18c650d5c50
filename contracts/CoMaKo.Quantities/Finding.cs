namespace CoMaKo.Quantities;

/// <summary>One rule violation in a file that a person wrote. All findings of a file are reported at once.</summary>
/// <param name="Code">Stable code, e.g. <c>CME-1201</c>.</param>
/// <param name="Path">Where in the structure, e.g. <c>devices[2].bus</c>.</param>
/// <param name="Line">Line in the file, from 1; absent where unknown.</param>
/// <param name="Text">What is wrong and what to do, in one sentence.</param>
public sealed record Finding(string Code, string Path, int? Line, string Text)
{
    public override string ToString() =>
        Line is { } line ? FormattableString.Invariant($"{Code} line {line}, {Path}: {Text}") : $"{Code} {Path}: {Text}";
}

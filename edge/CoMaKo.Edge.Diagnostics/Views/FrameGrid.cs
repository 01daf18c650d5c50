using System.Globalization;
using System.Text;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>Colour group of a field.</summary>
internal enum FieldGroup
{
    /// <summary>The protocol's own bytes: no colour, so that the others stand out.</summary>
    Plain,
    Register,
    Unit,
    Value,
    Status,
    Other,
}

/// <summary>Bytes of one row that belong together.</summary>
internal sealed record FrameRun(FrameField? Field, IReadOnlyList<string> Bytes);

/// <summary>Eight bytes with their offset.</summary>
internal sealed record FrameRow(string Offset, IReadOnlyList<FrameRun> Runs);

/// <summary>A raw frame in rows, its fields as runs.</summary>
internal static class FrameGrid
{
    public const int BytesPerRow = 8;

    /// <summary>More is in the download; the page stays light.</summary>
    public const int MaxShown = 512;

    /// <summary>The same of a payload that is text.</summary>
    public const int MaxTextShown = 2048;

    /// <summary>Bytes as text on one line or several; what has no shape is a dot.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => string.Concat(Encoding.UTF8.GetString(bytes).Select(c => char.IsControl(c) && c != '\n' ? '·' : c));

    public static IReadOnlyList<FrameRow> Of(ReadOnlySpan<byte> bytes, IReadOnlyList<FrameField> fields)
    {
        var rows = new List<FrameRow>();
        for (int start = 0; start < bytes.Length && start < MaxShown; start += BytesPerRow)
        {
            var runs = new List<FrameRun>();
            int end = Math.Min(start + BytesPerRow, bytes.Length);
            for (int at = start; at < end;)
            {
                var field = fields.FirstOrDefault(candidate => at >= candidate.Offset && at < candidate.Offset + candidate.Length);
                int until = Math.Min(end, field is null ? NextField(fields, at) : field.Offset + field.Length);
                runs.Add(new FrameRun(field, Hex(bytes[at..until])));
                at = until;
            }

            rows.Add(new FrameRow(start.ToString("X4", CultureInfo.InvariantCulture), runs));
        }

        return rows;
    }

    public static IReadOnlyList<string> Hex(ReadOnlySpan<byte> bytes)
    {
        var hex = new string[bytes.Length];
        for (int i = 0; i < hex.Length; i++) hex[i] = bytes[i].ToString("X2", CultureInfo.InvariantCulture);
        return hex;
    }

    public static FieldGroup GroupOf(FrameFieldMeaning meaning) => meaning switch
    {
        FrameFieldMeaning.Register => FieldGroup.Register,
        FrameFieldMeaning.Unit or FrameFieldMeaning.Scaler => FieldGroup.Unit,
        FrameFieldMeaning.Value => FieldGroup.Value,
        FrameFieldMeaning.Status or FrameFieldMeaning.Checksum or FrameFieldMeaning.ExceptionCode => FieldGroup.Status,
        FrameFieldMeaning.ServerId or FrameFieldMeaning.Time or FrameFieldMeaning.Signature => FieldGroup.Other,
        _ => FieldGroup.Plain,
    };

    private static int NextField(IReadOnlyList<FrameField> fields, int at) =>
        fields.Where(field => field.Offset > at).Select(field => field.Offset).DefaultIfEmpty(int.MaxValue).Min();
}

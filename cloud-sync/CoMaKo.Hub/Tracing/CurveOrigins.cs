using System.Data.Common;
using CoMaKo.Settlement.Curves;
using Dapper;

namespace CoMaKo.Hub.Tracing;

/// <summary>A stored curve version with who made it.</summary>
/// <param name="Author">Absent: derived from registers.</param>
/// <param name="Delivery">Number of the upload, reading, decision that brought it; absent: none.</param>
public sealed record CurveOrigin(CurveDay Curve, long CreatedUs, string? Author, string? Reason, long? Delivery);

/// <summary>Finds the curve versions that an effective day was chosen from: those with which the choice comes to its stored hash.</summary>
internal static class CurveOrigins
{
    private const int MostNewest = 3;

    /// <summary>All versions, older ones included, that were there when the day was derived; absent if none come to its hash.</summary>
    public static async Task<IReadOnlyList<CurveOrigin>?> OfAsync(DbConnection reader, RunInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var rows = await reader.QueryAsync<Row>("""
            SELECT source AS Source, version AS Version, wh AS Wh, quality AS Quality, method AS Method, created_us AS CreatedUs, author AS Author, reason AS Reason, delivery_id AS Delivery
            FROM met_curve_day WHERE series_id = @SeriesId AND day = @Day AND created_us <= @CreatedUs ORDER BY source, version
            """, new { input.Row.SeriesId, input.Row.Day, input.CreatedUs });
        return Choose(input.Row.Day, [.. rows.Select(row => row.ToOrigin(input.Row.Day))], input.InputHash);
    }

    /// <summary>A version may have begun before the derivation and come after it, so the newest ones of each source may not have counted.</summary>
    private static IReadOnlyList<CurveOrigin>? Choose(int day, IReadOnlyList<CurveOrigin> all, string hash)
    {
        var sources = all.GroupBy(each => each.Curve.Source).Select(source => source.OrderBy(each => each.Curve.Version).ToList()).ToList();
        int[] left = new int[sources.Count];
        while (true)
        {
            List<CurveOrigin> tried = [.. sources.SelectMany((source, i) => source.Take(source.Count - left[i]))];
            if (EffectiveDay.Choose(day, [.. tried.Select(each => each.Curve)]).InputHash == hash) return tried;
            int at = 0;
            while (at < left.Length && ++left[at] > Math.Min(MostNewest, sources[at].Count)) left[at++] = 0;
            if (at == left.Length) return null;
        }
    }

    private sealed class Row
    {
        public long Source { get; init; }

        public long Version { get; init; }

        public byte[] Wh { get; init; } = [];

        public byte[] Quality { get; init; } = [];

        public byte[]? Method { get; init; }

        public long CreatedUs { get; init; }

        public string? Author { get; init; }

        public string? Reason { get; init; }

        public long? Delivery { get; init; }

        public CurveOrigin ToOrigin(int day) => new(CurveDay.Unpack(day, (CurveSource)Source, (int)Version, Wh, Quality, Method), CreatedUs, Author, Reason, Delivery);
    }
}

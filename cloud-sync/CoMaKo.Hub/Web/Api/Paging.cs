using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace CoMaKo.Hub.Web.Api;

/// <summary>One page of a list; <paramref name="Next"/> is the cursor of the following one, absent on the last.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Lists by key: <c>?limit=</c> (100, at most 1 000) and an opaque cursor, stable while rows are added.</summary>
internal static class Paging
{
    private const int Default = 100;
    private const int Most = 1000;

    /// <summary>Reads limit and cursor.</summary>
    /// <returns>The problem; absent if both are good.</returns>
    public static IResult? Read(string? limitText, string? cursor, out int limit, out string after)
    {
        after = "";
        limit = Default;
        if (limitText is not null && (!int.TryParse(limitText, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
            return Problems.WrongLimit();
        if (cursor is null) return null;
        try
        {
            after = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor));
            return null;
        }
        catch (FormatException)
        {
            return Problems.WrongCursor();
        }
    }

    /// <summary>Cuts rows that were asked for with one more than the limit.</summary>
    public static Page<TItem> Of<TRow, TItem>(IReadOnlyList<TRow> rows, int limit, Func<TRow, string> key, Func<TRow, TItem> item)
    {
        var shown = rows.Take(limit).ToList();
        string? next = rows.Count > limit ? WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(key(shown[^1]))) : null;
        return new Page<TItem>([.. shown.Select(item)], next);
    }
}

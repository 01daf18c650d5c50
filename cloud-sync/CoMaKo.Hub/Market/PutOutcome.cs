using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Market;

/// <summary>What became of a <c>PUT</c>.</summary>
internal enum PutResult
{
    Created,
    Replaced,

    /// <summary>Nothing differed.</summary>
    Unchanged,

    /// <summary>The caller's condition does not hold (412).</summary>
    ConditionFailed,

    /// <summary>The content has findings (422).</summary>
    Refused,

    /// <summary>A published settlement rests on what would be corrected (409).</summary>
    NeedsDate,
}

/// <param name="Revision">Of the resource afterwards; 0 if nothing happened.</param>
internal sealed record PutOutcome(PutResult Result, long Revision = 0);

internal static class FirstWrites
{
    /// <summary>Writes what may be new. Of two who make the same at once the key lets one through; the other one comes again and finds it there.</summary>
    public static async Task<PutOutcome> WriteNewAsync(this HubDatabase database, Func<HubTransaction, ValueTask<PutOutcome>> work)
    {
        try
        {
            return await database.WriteAsync(work);
        }
        catch (HubDatabaseException twice) when (twice.Fault == HubFault.Duplicate)
        {
            return await database.WriteAsync(work);
        }
    }
}

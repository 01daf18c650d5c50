namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>What pages show of accounts.</summary>
internal sealed class AccessDesk(AccountBook book, Sessions sessions, AccessOptions options)
{
    public Sessions Sessions => sessions;

    public AccessOptions Options => options;

    /// <summary>Absent while accounts cannot be read.</summary>
    public AccessState? State
    {
        get
        {
            try
            {
                return book.State;
            }
            catch (AccessStoreException)
            {
                return null;
            }
        }
    }
}

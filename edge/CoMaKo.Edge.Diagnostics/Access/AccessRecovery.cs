namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>The way back in for whoever stands at the box: the command <c>comako-edge access --new-code</c>. The service need not be stopped.</summary>
public static class AccessRecovery
{
    /// <summary>Makes a new one-time code, which voids the one before. With it the page makes an operator's account.</summary>
    /// <returns>The code, to be printed once, and where an unreadable file of accounts was moved to, if it was.</returns>
    /// <exception cref="AccessStoreException">The file cannot be written; the message says why.</exception>
    public static async Task<(string Code, string? SetAside)> NewCodeAsync(FileAccessStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        string? aside = store.SetAsideIfUnreadable();
        return (await AccountBook.NewCodeAsync(store, cancellationToken), aside);
    }
}

namespace CoMaKo.Testing;

/// <summary>The checkout that the tests were built from.</summary>
public static class Repository
{
    /// <summary>Folder of <c>CoMaKo.Edge.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Material beside the checkout that is not part of it; may be absent.</summary>
    public static string Shared { get; } = Path.Combine(Path.GetDirectoryName(Root)!, "shared");

    /// <summary>A path inside the checkout.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CoMaKo.Edge.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("CoMaKo.Edge.sln was not found above the test's folder.");
    }
}

using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Web.Texts;

/// <summary>A thing that somebody should look at, in words.</summary>
internal static class WorkWord
{
    /// <summary>What is wrong, and where.</summary>
    public static string Of(Wording say, WorkItem item)
    {
        string[] parts = item.Subject.Split('/');
        string key = $"work.{item.Kind}.{(item.Count == 1 ? "one" : "other")}";
        // An alert outlives the version that told of it: an older kind has no words any more.
        return say.Has(key) ? say[key, say.Number(item.Count), parts[^1], string.Join(" · ", parts[..^1])] : item.Cause;
    }

    /// <summary>What to do; absent if nobody knows.</summary>
    public static string? NextOf(Wording say, WorkItem item) => say.Has($"work.{item.Kind}.next") ? say[$"work.{item.Kind}.next"] : null;
}

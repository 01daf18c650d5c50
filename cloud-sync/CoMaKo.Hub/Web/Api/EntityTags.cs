using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace CoMaKo.Hub.Web.Api;

/// <summary>A resource's revision as a strong entity tag, and the caller's condition on it.</summary>
internal static class EntityTags
{
    public static void SetRevision(this HttpResponse response, long revision) => response.Headers.ETag = TagOf(revision);

    /// <summary>Whether the caller's <c>If-Match</c> or <c>If-None-Match: *</c> fits what is there.</summary>
    /// <param name="revision">Absent if the resource does not exist.</param>
    public static bool Meets(this HttpRequest request, long? revision)
    {
        var headers = request.GetTypedHeaders();
        if (headers.IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any)) && revision is not null) return false;
        if (headers.IfMatch.Count == 0) return true;
        return revision is { } there && headers.IfMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag == TagOf(there)));
    }

    private static string TagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");
}

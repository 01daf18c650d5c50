using System.Text.Json;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Settlement;

/// <summary>Small bodies: unknown members and members that come twice are mistakes.</summary>
internal static class SettlementForms
{
    private static readonly JsonSerializerOptions Strict = Options();

    /// <returns>The body, or the problem.</returns>
    public static async Task<(T? Form, IResult? Problem)> ReadAsync<T>(HttpContext context)
        where T : class
    {
        var (root, problem) = await JsonBody.ReadAsync(context.Request);
        if (root is not { } body) return (null, problem);
        try
        {
            return body.Deserialize<T>(Strict) is { } form ? (form, null) : (null, SettlementProblems.Unreadable());
        }
        catch (JsonException)
        {
            return (null, SettlementProblems.Unreadable());
        }
    }

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false };
        HubHost.Configure(options);
        return options;
    }
}

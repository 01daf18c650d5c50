using System.Text.Json;
using CoMaKo.Hub.Host;

namespace CoMaKo.Hub.Market;

/// <summary>What the audit keeps of a change: the new state as the REST interface writes it.</summary>
internal static class AuditText
{
    private static readonly JsonSerializerOptions Options = MakeOptions();

    public static string Of<T>(T state) => JsonSerializer.Serialize(state, Options);

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        HubHost.Configure(options);
        return options;
    }
}

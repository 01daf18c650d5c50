using System.CommandLine;
using System.Text.Json;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary>
/// What a cooperative decides about its hub: a JSON file, by default <c>settings.json</c> in the data folder; without one everything has its default. Replicas
/// of one database have the same. Codes: CMH-1011 unreadable, and those of <see cref="JsonForm"/>.
/// </summary>
internal sealed record HubSettings(AgentRules Settlement)
{
    /// <summary>The provider at which people may sign in; absent: none.</summary>
    public OpenIdSettings? OpenId { get; init; }

    /// <summary>Which causes alert, when, and who is told.</summary>
    public AlertRules Alerts { get; init; } = AlertRules.Default;

    public const string FileName = "settings.json";

    private const long MostBytes = 64 * 1024;

    public static readonly HubSettings Default = new(AgentRules.Default);

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 8, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Says on a command line where the file is.</summary>
    public static Option<FileInfo?> Option() => new("--settings") { Description = $"JSON file with the cooperative's decisions; default: {FileName} in the data folder, if it is there" };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Absent: the one in the data folder, if there is one.</param>
    /// <returns>The settings, or all that is wrong with them.</returns>
    public static (HubSettings Settings, IReadOnlyList<Finding> Findings) Load(string? path, string dataFolder)
    {
        string file = path ?? Path.Combine(dataFolder, FileName);
        if (path is null && !File.Exists(file)) return (Default, []);
        try
        {
            if (new FileInfo(file).Length > MostBytes) return (Default, [new Finding("CMH-1011", file, null, $"The settings have more than {MostBytes / 1024} KiB.")]);
            return Read(File.ReadAllText(file), file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return (Default, [new Finding("CMH-1011", file, null, $"The settings cannot be read: {unreadable.Message}")]);
        }
    }

    /// <param name="file">How findings name it.</param>
    public static (HubSettings Settings, IReadOnlyList<Finding> Findings) Read(string text, string file)
    {
        var findings = new FormFindings();
        var settings = Default;
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            if (JsonForm.Open(document.RootElement, findings) is { } form)
            {
                if (form.Any("settlement") is { } section && JsonForm.Open(section, findings, prefix: "settlement.") is { } rules) settings = settings with { Settlement = AgentRules.Read(rules) };
                if (form.Any("alerts") is { } alerts && JsonForm.Open(alerts, findings, prefix: "alerts.") is { } told) settings = settings with { Alerts = AlertRuleForm.Read(told, findings) };
                if (form.Any("openid") is { } provider && JsonForm.Open(provider, findings, prefix: "openid.") is { } openId) settings = settings with { OpenId = OpenIdSettings.Read(openId, Path.GetDirectoryName(Path.GetFullPath(file))!) };
                form.Close();
            }
        }
        catch (JsonException unreadable)
        {
            return (Default, [new Finding("CMH-1011", file, (int?)unreadable.LineNumber + 1, "The settings are no JSON: " + unreadable.Message)]);
        }

        if (!findings.Any) return (settings, []);
        var lines = new JsonLines(text, Options);
        return (settings, [.. findings.Told.Select(finding => new Finding(finding.Code, $"{file}: {finding.Field}", lines.Of(finding.Field), finding.Text))]);
    }
}

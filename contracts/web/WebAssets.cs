#pragma warning disable IDE0005 // the Web SDK's implicit usings make some of these redundant in the hub, not in the gateway's library
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CoMaKo.Web;

/// <summary>
/// The bundled scripts, styles and icons of this assembly, served from memory under <c>/assets/</c> with a hash in the name and compressed at build time.
/// This file is compiled into each project that imports <c>WebAssets.targets</c>.
/// </summary>
internal sealed class WebAssets
{
    /// <summary>Policy of every page: nothing inline, nothing from elsewhere, no frames.</summary>
    public const string ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";

    private const string Folder = "web/";
    private readonly FrozenDictionary<string, string> names;
    private readonly FrozenDictionary<string, Asset> files;

    public WebAssets()
    {
        var assembly = typeof(WebAssets).Assembly;
        names = JsonSerializer.Deserialize<Dictionary<string, string>>(Read(assembly, "assets.json"))!.ToFrozenDictionary();
        files = names.Values.ToFrozenDictionary(
            file => file,
            file => new Asset(TypeOf(file), Read(assembly, file), Read(assembly, file + ".br"), Read(assembly, file + ".gz")));
    }

    /// <summary>Address of an asset, e.g. <c>page.css</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such asset.</exception>
    public string this[string name] => "/assets/" + names[name];

    /// <summary>Serves the assets; names change with their content, so browsers keep them for a year.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods("/assets/{file}", ["GET", "HEAD"], (string file, HttpContext context) => SendAsync(file, context)).ExcludeFromDescription();

    private async Task SendAsync(string file, HttpContext context)
    {
        var response = context.Response;
        if (!files.TryGetValue(file, out var asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string accepted = context.Request.Headers.AcceptEncoding.ToString();
        var (encoding, content) = Accepts(accepted, "br") ? ("br", asset.Brotli) : Accepts(accepted, "gzip") ? ("gzip", asset.Gzip) : (null, asset.Plain);
        response.ContentType = asset.ContentType;
        response.ContentLength = content.Length;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.Vary = "Accept-Encoding";
        response.Headers.XContentTypeOptions = "nosniff";
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static bool Accepts(string header, string encoding)
    {
        foreach (string part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Equals(encoding, StringComparison.OrdinalIgnoreCase)) return true;
            if (part.StartsWith(encoding + ";", StringComparison.OrdinalIgnoreCase))
                return !part.EndsWith("q=0", StringComparison.OrdinalIgnoreCase) && !part.EndsWith("q=0.0", StringComparison.OrdinalIgnoreCase);
        }

        return false;
    }

    private static byte[] Read(Assembly assembly, string file)
    {
        using var stream = assembly.GetManifestResourceStream(Folder + file) ?? throw new InvalidOperationException($"The web asset {file} is not in {assembly.GetName().Name}.");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"No content type is known for {other}."),
    };

    private sealed record Asset(string ContentType, byte[] Plain, byte[] Brotli, byte[] Gzip);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Forms of pages, read by the rules of the REST interface: what is typed becomes the body that a program would send.</summary>
internal static class PageForms
{
    private const int MostFields = 1000;

    /// <summary>The form; absent if the request has none that can be read.</summary>
    public static async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType) return null;
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form.Count <= MostFields ? form : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A field without blanks around it; absent if nothing was typed.</summary>
    public static string? Text(this IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Some fields as members of a JSON object; empty ones are left out. Numbers may have a decimal comma.</summary>
    /// <param name="texts">Fields that are texts.</param>
    /// <param name="numbers">Fields that are numbers; what is none stays a text, and the rules say so.</param>
    public static JsonObject ToJson(this IFormCollection form, IEnumerable<string> texts, IEnumerable<string> numbers)
    {
        var body = new JsonObject();
        foreach (string name in texts)
            if (form.Text(name) is { } text) body[name] = text;
        foreach (string name in numbers)
            if (form.Text(name) is { } text) body[name] = Number(text) is { } number ? JsonNode.Parse(number) : JsonValue.Create(text);
        return body;
    }

    /// <summary>Opens such an object for the rules of the REST interface.</summary>
    public static JsonForm Open(JsonObject body, FormFindings findings) => JsonForm.Open(JsonSerializer.SerializeToElement(body), findings)!;

    /// <summary>A form goes on with the revision that its page showed; one for something new with none.</summary>
    public static Func<long?, bool> Condition(IFormCollection form) => revision => (revision?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "") == (form.Text("revision") ?? "");

    /// <summary>A number as JSON writes it; absent if it is none. A thousands separator is none.</summary>
    private static string? Number(string text)
    {
        string plain = text.Replace('\u2212', '-').Replace(',', '.');
        return plain.Length <= 30 && decimal.TryParse(plain, System.Globalization.NumberStyles.AllowLeadingSign | System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out decimal value)
            ? value.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }
}

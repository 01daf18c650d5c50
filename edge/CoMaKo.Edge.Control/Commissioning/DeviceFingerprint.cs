using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>One text for what a device is and how it is configured, so that a change of either shows.</summary>
public static class DeviceFingerprint
{
    /// <summary>SHA-256 over all facts, in lower-case hexadecimal. Their order does not matter; an absent value is another fact than an empty one.</summary>
    /// <param name="facts">Identity as the device tells it (maker, model, serial number) and every entry of its part of the building file.</param>
    public static string Of(IEnumerable<KeyValuePair<string, string?>> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var text = new StringBuilder();
        foreach (var (name, value) in facts.OrderBy(f => f.Key, StringComparer.Ordinal).ThenBy(f => f.Value, StringComparer.Ordinal))
        {
            // Lengths keep "ab" + "c" apart from "a" + "bc".
            text.Append(name.Length).Append(':').Append(name).Append(value?.Length ?? -1).Append(':').Append(value);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

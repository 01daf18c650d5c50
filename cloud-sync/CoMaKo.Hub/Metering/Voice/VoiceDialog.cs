using System.Text.RegularExpressions;

namespace CoMaKo.Hub.Metering.Voice;

/// <summary>Where a call stands; the numbers are those of <c>met_voice_call.stage</c>.</summary>
internal enum VoiceStage
{
    /// <summary>Waits for the customer number.</summary>
    Customer = 1,

    /// <summary>Waits for the PIN.</summary>
    Pin = 2,
    Value = 3,
    Confirm = 4,
    Done = 5,
    Handover = 6,
}

/// <summary>A call between two turns.</summary>
/// <param name="Failures">Turns of this stage that were not understood, or wrong PINs.</param>
/// <param name="Customer">Customer number that was said.</param>
/// <param name="Number">What was understood and waits for its confirmation.</param>
internal sealed record VoiceCall(VoiceLanguage Language, VoiceStage Stage, int Failures = 0, string? Customer = null, string? Number = null);

/// <summary>What a turn needs beyond words.</summary>
internal enum VoiceDeed
{
    None,

    /// <summary>Look whether customer number and PIN belong together.</summary>
    Identify,

    /// <summary>Store the number, which was confirmed.</summary>
    Store,
}

/// <summary>
/// The conversation: pure. A number is stored only after a plain yes to its own digits; anything that is not clearly yes is not yes. Three failures in one
/// stage hand over to a person.
/// </summary>
internal static partial class VoiceDialog
{
    private const int MostFailures = 3;

    private static readonly HashSet<string> Yes = new(["ja", "jawohl", "jap", "genau", "richtig", "stimmt", "korrekt", "yes", "yeah", "yep", "correct", "right"], StringComparer.Ordinal);
    private static readonly HashSet<string> No = new(["nein", "nee", "nicht", "falsch", "kein", "stopp", "no", "nope", "not", "wrong", "incorrect", "stop", "never"], StringComparer.Ordinal);

    /// <summary>Takes what was said.</summary>
    /// <returns>The call afterwards, what to do, and for <see cref="VoiceDeed.Identify"/> the PIN.</returns>
    public static (VoiceCall Call, VoiceDeed Deed, string Pin) Take(VoiceCall call, string text)
    {
        switch (call.Stage)
        {
            case VoiceStage.Customer:
                string customer = SpokenNumber.Digits(text, call.Language);
                return customer.Length is 0 or > 20 ? (Fail(call), VoiceDeed.None, "") : (call with { Stage = VoiceStage.Pin, Customer = customer }, VoiceDeed.None, "");
            case VoiceStage.Pin:
                string pin = SpokenNumber.Digits(text, call.Language);
                return pin.Length is < 4 or > 10 ? (Fail(call) with { Customer = null }, VoiceDeed.None, "") : (call, VoiceDeed.Identify, pin);
            case VoiceStage.Value:
                return SpokenNumber.Parse(text, call.Language) is { } number ? (call with { Stage = VoiceStage.Confirm, Failures = 0, Number = number }, VoiceDeed.None, "") : (Fail(call), VoiceDeed.None, "");
            case VoiceStage.Confirm:
                if (IsYes(text, call.Language)) return (call with { Stage = VoiceStage.Done, Failures = 0 }, VoiceDeed.Store, "");
                return (IsNo(text) ? Fail(call) with { Number = null } is var again && again.Stage == VoiceStage.Handover ? again : again with { Stage = VoiceStage.Value } : Fail(call), VoiceDeed.None, "");
            default:
                return (call, VoiceDeed.None, "");
        }
    }

    /// <summary>After customer number and PIN were looked up.</summary>
    public static VoiceCall Identified(VoiceCall call, bool isKnown) =>
        isKnown ? call with { Stage = VoiceStage.Value, Failures = 0, Customer = null } : Fail(call) is { Stage: VoiceStage.Handover } over ? over : Fail(call) with { Stage = VoiceStage.Customer, Customer = null };

    /// <summary>What the bot says now.</summary>
    public static string Say(VoiceCall call) => (call.Language, call.Stage) switch
    {
        (VoiceLanguage.De, VoiceStage.Customer) => call.Failures == 0 ? "Guten Tag. Bitte nennen Sie Ihre Kundennummer, Ziffer für Ziffer." : "Das hat nicht gepasst. Bitte nennen Sie noch einmal Ihre Kundennummer.",
        (VoiceLanguage.De, VoiceStage.Pin) => "Bitte nennen Sie Ihre PIN, Ziffer für Ziffer.",
        (VoiceLanguage.De, VoiceStage.Value) => call.Failures == 0 ? "Bitte nennen Sie den Zählerstand in Kilowattstunden." : "Bitte nennen Sie den Zählerstand noch einmal.",
        (VoiceLanguage.De, VoiceStage.Confirm) => $"Ich habe verstanden: {SpokenNumber.Say(call.Number!, call.Language)}. Ist das richtig? Bitte sagen Sie ja oder nein.",
        (VoiceLanguage.De, VoiceStage.Done) => "Danke. Ihr Zählerstand ist notiert. Auf Wiederhören.",
        (VoiceLanguage.De, _) => "Ich verbinde Sie mit einem Menschen.",
        (_, VoiceStage.Customer) => call.Failures == 0 ? "Hello. Please say your customer number, digit by digit." : "That did not match. Please say your customer number again.",
        (_, VoiceStage.Pin) => "Please say your PIN, digit by digit.",
        (_, VoiceStage.Value) => call.Failures == 0 ? "Please say the meter reading in kilowatt hours." : "Please say the meter reading again.",
        (_, VoiceStage.Confirm) => $"I understood: {SpokenNumber.Say(call.Number!, call.Language)}. Is that right? Please say yes or no.",
        (_, VoiceStage.Done) => "Thank you. Your reading is noted. Goodbye.",
        _ => "I am handing you over to a person.",
    };

    /// <summary>The state's word in the REST interface.</summary>
    public static string WordOf(VoiceStage stage) => stage switch
    {
        VoiceStage.Customer or VoiceStage.Pin => "identify",
        VoiceStage.Value => "value",
        VoiceStage.Confirm => "confirm",
        VoiceStage.Done => "done",
        _ => "handover",
    };

    private static VoiceCall Fail(VoiceCall call) => call.Failures + 1 >= MostFailures ? call with { Stage = VoiceStage.Handover, Failures = call.Failures + 1, Customer = null, Number = null } : call with { Failures = call.Failures + 1 };

    /// <summary>A word of assent, none of denial, and no number: "yes, but it is five" is no yes.</summary>
    private static bool IsYes(string text, VoiceLanguage language)
    {
        var words = WordsOf(text);
        return words.Exists(Yes.Contains) && !words.Exists(No.Contains) && SpokenNumber.Digits(text, language).Length == 0 && words.Count <= 4;
    }

    private static bool IsNo(string text) => WordsOf(text) is var words && words.Exists(No.Contains) && !words.Exists(Yes.Contains);

    private static List<string> WordsOf(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    [GeneratedRegex(@"[\p{L}\d]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Word();
}

using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Metering.Voice;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>The voicebot: what it understands, and that nothing is stored without a yes.</summary>
public sealed class VoiceTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory]
    [InlineData("de", "zwölftausenddreihundertfünf", "12305")]
    [InlineData("de", "Der Zählerstand ist 12.305,6 Kilowattstunden", "12305.6")]
    [InlineData("de", "eins zwei drei null fünf Komma sechs", "12305.6")]
    [InlineData("de", "einundzwanzig", "21")]
    [InlineData("de", "tausendeins", "1001")]
    [InlineData("de", "ich weiß nicht", null)]
    [InlineData("de", "gestern 12 heute 15", null)] // which one?
    [InlineData("de", "drei Komma vier Komma fünf", null)]
    [InlineData("en", "twelve thousand three hundred and five point six", "12305.6")]
    [InlineData("en", "one two three oh five", "12305")]
    [InlineData("en", "It is 12,305.6 kWh", "12305.6")]
    [InlineData("en", "twenty thirty", null)]
    [InlineData("en", "five hundred thousand", "500000")]
    [InlineData("en", "no idea", null)]
    [InlineData("en", "1234567890123", null)]
    public void Number_IsUnderstoodOrAskedAgain(string language, string text, string? expected) => Assert.Equal(expected, SpokenNumber.Parse(text, LanguageOf(language)));

    /// <summary>Words come from a generator that goes the other way, from numbers to words.</summary>
    [Fact]
    public void Numbers_InWordsOfBothLanguages_AreTheSameNumbers()
    {
        var random = new Random(3);
        for (int i = 0; i < 4000; i++)
        {
            long number = i < 2000 ? i : random.NextInt64(1_000_000);
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), SpokenNumber.Parse(German(number), VoiceLanguage.De));
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), SpokenNumber.Parse(English(number), VoiceLanguage.En));
        }
    }

    [Theory, OnSqlite]
    public async Task Utterances_500_StoreOnlyWhatWasConfirmed(Engine engine)
    {
        await StartAsync(engine);
        var random = new Random(17);
        var confirmed = new List<long>();
        long level = 10_000;
        int utterances = 0;
        for (int call = 1; utterances < 500; call++)
        {
            hub.Clock.Advance(TimeSpan.FromMinutes(1));
            string language = random.Next(2) == 0 ? "de" : "en";
            string state = "identify";
            long said = 0;
            for (int turn = 1; state is not ("done" or "handover") && turn < 12; turn++)
            {
                if (state == "value") said = level + random.Next(1, 5000);
                string reply = Reply(random, language);
                string text = state switch { "identify" => turn % 2 == 1 ? Digits("40071", language, random) : Digits("1234", language, random), "value" => Value(said, language, random), _ => reply };
                var answer = await TurnAsync($"call-{call}", turn, language, text);
                utterances++;
                if (state == "confirm" && reply is "ja" or "Ja, genau" or "yes" or "Yes, correct" && answer.State == "done")
                {
                    confirmed.Add(said * 100);
                    level = said;
                }
                else Assert.NotEqual("done", answer.State);
                if (state == "value" && answer.State == "confirm") Assert.Contains(Spoken(said, language), answer.Say, StringComparison.Ordinal);
                state = answer.State;
            }
        }

        using var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address);
        await using var reader = await database.OpenReaderAsync();
        Assert.Equal(confirmed, await reader.QueryAsync<long>("SELECT wh FROM met_reading ORDER BY reading_id"));
        Assert.True(confirmed.Count > 30, $"{confirmed.Count} confirmed");
        Assert.Equal(confirmed.Count, hub.Place.Count("SELECT count(*) FROM met_reading WHERE origin = 4 AND state = 1"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Turns_ThatRepeat_GetTheSameAnswerAndStoreOnce(Engine engine)
    {
        await StartAsync(engine);
        string[] texts = ["4 0 0 7 1", "1234", "12345,6", "ja"];
        var answers = new List<VoiceReply>();
        for (int turn = 1; turn <= texts.Length; turn++)
        {
            answers.Add(await TurnAsync("c1", turn, "de", texts[turn - 1]));
            Assert.Equal(answers[^1], await TurnAsync("c1", turn, "de", texts[turn - 1]));
        }

        Assert.Equal(["identify", "value", "confirm", "done"], answers.Select(answer => answer.State));
        Assert.NotNull(answers[^1].ReadingId);
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM met_reading"));
        Assert.Equal(409, (await PostAsync("c1", 4, "de", "nein")).Code);
        Assert.Equal(409, (await PostAsync("c2", 3, "de", "ja")).Code);
        Assert.Equal(422, (await PostAsync("c1", 5, "fr", "oui")).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task WrongPins_ThreeTimes_HandOverAndTenTimesLock(Engine engine)
    {
        await StartAsync(engine);
        for (int call = 1; call <= 4; call++)
        {
            string last = "";
            for (int turn = 1; turn <= 6; turn++) last = (await TurnAsync($"w{call}", turn, "en", turn % 2 == 1 ? "40071" : "9999")).State;
            Assert.Equal("handover", last);
        }

        await TurnAsync("right", 1, "en", "40071");
        Assert.Equal("identify", (await TurnAsync("right", 2, "en", "1234")).State); // locked by now
        await hub.PutAsync("/participants/Anna", """{"customer_number":"40071","voice_pin":"4321"}""");
        await TurnAsync("new", 1, "en", "40071");
        Assert.Equal("value", (await TurnAsync("new", 2, "en", "4 3 2 1")).State);
        Assert.DoesNotContain("4321", (await hub.GetAsync("/participants/Anna")).Text, StringComparison.Ordinal);
    }

    private sealed record VoiceReply(string State, string Say, string? ReadingId);

    private static VoiceLanguage LanguageOf(string language) => language == "de" ? VoiceLanguage.De : VoiceLanguage.En;

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(201, (await hub.PutAsync("/participants/Anna", """{"name":"Anna Muster","customer_number":"40071","voice_pin":"1234"}""")).Code);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"Anna","direction":"consumption"}""")).Code);
    }

    private async Task<VoiceReply> TurnAsync(string call, int turn, string language, string text)
    {
        var answer = await PostAsync(call, turn, language, text);
        Assert.Equal(200, answer.Code);
        return new VoiceReply(answer.Json.GetProperty("state").GetString()!, answer.Json.GetProperty("say").GetString()!, answer.Json.TryGetProperty("reading_id", out var id) ? id.GetString() : null);
    }

    private Task<RestAnswer> PostAsync(string call, int turn, string language, string text) =>
        hub.PostAsync("/readings/voice", JsonSerializer.Serialize(new { call_id = call, turn, language, text }));

    private static string Reply(Random random, string language)
    {
        string[] german = ["ja", "ja", "Ja, genau", "nein", "nein, falsch", "äh", "ja nein", "ja aber es sind fünf", "was?", "nicht richtig"];
        string[] english = ["yes", "yes", "Yes, correct", "no", "no, wrong", "um", "yes no", "yes but it is five", "what?", "not right"];
        return (language == "de" ? german : english)[random.Next(10)];
    }

    private static string Digits(string digits, string language, Random random) =>
        random.Next(2) == 0 ? string.Join(' ', digits.ToCharArray()) : string.Join(' ', digits.Select(digit => language == "de" ? German(digit - '0') : English(digit - '0')));

    /// <summary>A number of tenths in one of several forms.</summary>
    private static string Value(long tenths, string language, Random random)
    {
        var (whole, tenth) = (tenths / 10, tenths % 10);
        string point = language == "de" ? "Komma" : "point", mark = language == "de" ? "," : ".";
        string words = language == "de" ? $"{German(whole)} {point} {German(tenth)}" : $"{English(whole)} {point} {English(tenth)}";
        return random.Next(4) switch
        {
            0 => FormattableString.Invariant($"{whole}{mark}{tenth}"),
            1 => words,
            2 => Digits(whole.ToString(CultureInfo.InvariantCulture), language, random) + $" {point} {tenth}",
            _ => (language == "de" ? "der Zählerstand ist " : "the meter says ") + words + (language == "de" ? " Kilowattstunden" : " kilowatt hours"),
        };
    }

    private static string Spoken(long tenths, string language) => SpokenNumber.Say(FormattableString.Invariant($"{tenths / 10}.{tenths % 10}"), LanguageOf(language));

    private static string German(long number)
    {
        string[] units = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"];
        string[] tens = ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];
        if (number < 20) return units[number];
        if (number < 100) return (number % 10 == 0 ? "" : (number % 10 == 1 ? "ein" : units[number % 10]) + "und") + tens[number / 10];
        if (number < 1000) return (number / 100 == 1 ? "ein" : units[number / 100]) + "hundert" + (number % 100 == 0 ? "" : German(number % 100));
        long thousands = number / 1000;
        string left = German(thousands);
        return (left.EndsWith("eins", StringComparison.Ordinal) ? left[..^1] : left) + "tausend" + (number % 1000 == 0 ? "" : German(number % 1000));
    }

    private static string English(long number)
    {
        string[] units = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
        string[] tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        if (number < 20) return units[number];
        if (number < 100) return tens[number / 10] + (number % 10 == 0 ? "" : "-" + units[number % 10]);
        if (number < 1000) return units[number / 100] + " hundred" + (number % 100 == 0 ? "" : " and " + English(number % 100));
        return English(number / 1000) + " thousand" + (number % 1000 == 0 ? "" : number % 1000 < 100 ? " and " + English(number % 1000) : " " + English(number % 1000));
    }
}

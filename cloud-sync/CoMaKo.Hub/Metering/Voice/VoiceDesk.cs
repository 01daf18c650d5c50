using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Voice;

/// <summary>The bot's answer to a turn.</summary>
/// <param name="State"><c>identify</c>, <c>value</c>, <c>confirm</c>, <c>done</c> or <c>handover</c>.</param>
internal sealed record VoiceAnswer(string Say, string State, string? ReadingId);

/// <summary>Keeps calls between their turns. A turn, its answer and the reading that it may store are one transaction; a repeat gets the answer that was given.</summary>
internal sealed class VoiceDesk(ReadingStore readings, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);
    private static readonly JsonSerializerOptions Json = MakeJson();

    /// <summary>Takes a turn.</summary>
    /// <param name="turn">From 1, without gaps.</param>
    /// <returns>The answer; absent if the turn does not fit the call (409).</returns>
    public Task<VoiceAnswer?> TakeAsync(string callId, long turn, VoiceLanguage language, string text, Caller caller) => readings.WithPlacesAsync(async tx =>
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        long now = clock.UnixMicroseconds();
        await tx.Prepare("INSERT INTO met_voice_call (call_id, language, stage, turn, failures, touched_us) VALUES ($1, $2, $3, 0, 0, $4) ON CONFLICT (call_id) DO NOTHING")
            .Bind(callId).Bind((long)language).Bind((long)VoiceStage.Customer).Bind(now).RunAsync();
        var kept = (await tx.Prepare($"SELECT language, stage, turn, failures, customer, number, participant_id, point_id, touched_us FROM met_voice_call WHERE call_id = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}")
            .Bind(callId).ListAsync(Kept.Of))[0];
        var before = await tx.Prepare("SELECT sha256, answer FROM met_voice_turn WHERE call_id = $1 AND turn = $2").Bind(callId).Bind(turn).ListAsync(row => (Hash: row.Blob(0), Answer: row.Text(1)));
        if (before is [var said]) return said.Hash.AsSpan().SequenceEqual(hash) ? JsonSerializer.Deserialize<VoiceAnswer>(said.Answer, Json) : null;
        if (turn != kept.Turn + 1) return null;
        var next = await StepAsync(tx, callId, kept, text, now, caller);
        var answer = new VoiceAnswer(VoiceDialog.Say(next.Kept.Call), VoiceDialog.WordOf(next.Kept.Call.Stage), next.ReadingId);
        await KeepAsync(tx, callId, turn, next.Kept, hash, JsonSerializer.Serialize(answer, Json), now);
        return answer;
    });

    private async ValueTask<(Kept Kept, string? ReadingId)> StepAsync(HubTransaction tx, string callId, Kept kept, string text, long now, Caller caller)
    {
        // The first turn opens the call; what is said in it may be a greeting.
        if (kept.Turn == 0 && SpokenNumber.Digits(text, kept.Call.Language).Length == 0) return (kept, null);
        if (now - kept.TouchedUs > LongestPause.Ticks / TimeSpan.TicksPerMicrosecond) return (kept with { Call = kept.Call with { Stage = VoiceStage.Handover } }, null);
        var (call, deed, pin) = VoiceDialog.Take(kept.Call, text);
        if (deed == VoiceDeed.Identify) return (await IdentifyAsync(tx, kept, call, pin), null);
        return deed == VoiceDeed.Store ? await StoreAsync(tx, callId, kept, call, now, caller) : (kept with { Call = call }, null);
    }

    /// <summary>A participant without exactly one consuming point goes to a person: the bot does not guess which meter is meant.</summary>
    private static async ValueTask<Kept> IdentifyAsync(HubTransaction tx, Kept kept, VoiceCall call, string pin)
    {
        if (await VoicePins.FindAsync(tx, call.Customer!, pin) is not { } participant) return kept with { Call = VoiceDialog.Identified(call, isKnown: false) };
        var points = await MemberPoints.ConsumingAsync(tx, participant);
        return points is [var point]
            ? kept with { Call = VoiceDialog.Identified(call, isKnown: true), ParticipantId = participant, PointId = point }
            : kept with { Call = call with { Stage = VoiceStage.Handover, Customer = null } };
    }

    private async ValueTask<(Kept Kept, string? ReadingId)> StoreAsync(HubTransaction tx, string callId, Kept kept, VoiceCall call, long now, Caller caller)
    {
        var point = (await tx.QueryAsync<PointReader.Row>($"{PointRow.Select} WHERE p.point_id = @id", new { id = kept.PointId!.Value }))[0].ToPoint();
        var outcome = FixedPoint.Parse(call.Number!, 3, out long wh);
        var findings = new FormFindings();
        var reading = new NewReading(null, point.Name, point.PointId, EnergyDirection.Consumption, now / 1_000_000, ReadingKind.Register, wh, null, null);
        if (outcome != NumberOutcome.Good) return (kept with { Call = call with { Stage = VoiceStage.Handover, Number = null } }, null);
        var stored = await readings.AddAsync(tx, [reading], new Dictionary<long, string?> { [point.PointId] = point.Profile }, ReadingOrigin.Voice, $"{caller.Name} call:{callId}", findings);
        return findings.Any ? (kept with { Call = call with { Stage = VoiceStage.Handover, Number = null } }, null) : (kept with { Call = call }, FormattableString.Invariant($"{stored.Ids[0]}"));
    }

    private static async ValueTask KeepAsync(HubTransaction tx, string callId, long turn, Kept kept, byte[] hash, string answer, long now)
    {
        tx.Prepare("UPDATE met_voice_call SET stage = $1, turn = $2, failures = $3, customer = $4, number = $5, participant_id = $6, point_id = $7, touched_us = $8 WHERE call_id = $9")
            .Bind((long)kept.Call.Stage).Bind(turn).Bind(kept.Call.Failures).Bind(kept.Call.Customer).Bind(kept.Call.Number).Bind(kept.ParticipantId).Bind(kept.PointId).Bind(now).Bind(callId).Later();
        await tx.Prepare("INSERT INTO met_voice_turn (call_id, turn, sha256, answer) VALUES ($1, $2, $3, $4)").Bind(callId).Bind(turn).Bind(hash).Bind(answer).RunAsync();
    }

    private static JsonSerializerOptions MakeJson()
    {
        var options = new JsonSerializerOptions();
        HubHost.Configure(options);
        return options;
    }

    private sealed record Kept(VoiceCall Call, long Turn, long? ParticipantId, long? PointId, long TouchedUs)
    {
        public static Kept Of(IHubRow row) => new(
            new VoiceCall((VoiceLanguage)row.Int64(0), (VoiceStage)row.Int64(1), (int)row.Int64(3), row.IsNull(4) ? null : row.Text(4), row.IsNull(5) ? null : row.Text(5)),
            row.Int64(2), row.IsNull(6) ? null : row.Int64(6), row.IsNull(7) ? null : row.Int64(7), row.Int64(8));
    }
}

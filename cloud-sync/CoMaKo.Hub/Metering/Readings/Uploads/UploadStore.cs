using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using Dapper;

namespace CoMaKo.Hub.Metering.Readings.Uploads;

/// <summary>Where an upload stands; the numbers are those of <c>met_upload.state</c>.</summary>
public enum UploadState
{
    /// <summary>Shown for checking; nothing is stored yet.</summary>
    Proposed = 1,

    /// <summary>Waits for its turn, or is being taken over.</summary>
    Running = 2,
    Done = 3,

    /// <summary>Nothing was stored; the findings say why.</summary>
    Refused = 4,
}

/// <summary>What is wrong in a row of a file.</summary>
public sealed record UploadFinding(int? Row, string Field, string Code, string Text);

/// <summary>A file on its way in.</summary>
public sealed record Upload(long UploadId, string Participant, string Author, byte[] Content, UploadMapping Mapping, UploadState State, int RowsDone, int RowsAll, int Created, int Unchanged, IReadOnlyList<UploadFinding> Findings);

/// <summary>Keeps uploads, checks them without storing anything, and takes them over: all rows or none. The same file again changes nothing.</summary>
internal sealed class UploadStore(HubDatabase database, ReadingStore readings, TimeProvider clock)
{
    /// <summary>Bytes of one file.</summary>
    public const int MostBytes = 2 * 1024 * 1024;

    private const int MostPoints = 1000;
    private const int MostTold = 200;
    private const long KeptUs = 30L * 24 * 3600 * 1_000_000;

    /// <summary>Keeps a file; old ones go.</summary>
    public Task<long> AddAsync(string participant, byte[] content, UploadMapping mapping, Caller caller) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        await tx.Prepare("DELETE FROM met_upload WHERE participant = $1 AND uploaded_us < $2").Bind(participant).Bind(now - KeptUs).RunAsync();
        return (await tx.Prepare("INSERT INTO met_upload (participant, author, content, mapping, state, uploaded_us) VALUES ($1, $2, $3, $4, $5, $6) RETURNING upload_id")
            .Bind(participant).Bind(caller.Name).Bind(content).Bind(JsonSerializer.Serialize(mapping)).Bind((long)UploadState.Proposed).Bind(now).NumberAsync())!.Value;
    });

    /// <summary>One upload; absent if it is none of the participant's.</summary>
    /// <param name="participant">Absent: anybody's.</param>
    public async Task<Upload?> FindAsync(long id, string? participant)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<(long Id, string Participant, string Author, byte[] Content, string Mapping, long State, long Done, long All, long Created, long Unchanged, string Findings)>(
            $"SELECT upload_id, participant, author, content, mapping, state, rows_done, rows_all, created, unchanged, findings FROM met_upload WHERE upload_id = @id {(participant is null ? "" : "AND participant = @participant")}", new { id, participant }))
            .Select(row => new Upload(row.Id, row.Participant, row.Author, row.Content, JsonSerializer.Deserialize<UploadMapping>(row.Mapping)!, (UploadState)row.State, (int)row.Done, (int)row.All, (int)row.Created, (int)row.Unchanged, JsonSerializer.Deserialize<List<UploadFinding>>(row.Findings)!))
            .FirstOrDefault();
    }

    /// <summary>Uploads that were begun and not finished, by this process or one before it.</summary>
    public async Task<IReadOnlyList<long>> RunningAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<long>("SELECT upload_id FROM met_upload WHERE state = @state ORDER BY upload_id", new { state = (long)UploadState.Running })).AsList();
    }

    /// <summary>Changes how a proposed upload is read, or begins to take it over.</summary>
    public Task SetAsync(long id, UploadMapping mapping, UploadState state) => database.WriteAsync(tx =>
        tx.Prepare("UPDATE met_upload SET mapping = $1, state = $2, rows_done = 0 WHERE upload_id = $3 AND state = 1").Bind(JsonSerializer.Serialize(mapping)).Bind((long)state).Bind(id).RunAsync());

    /// <summary>Reads an upload and tries it against what is stored, without storing anything.</summary>
    public async Task<(UploadContent Content, ReadingOutcome? Outcome, FormFindings Findings)> CheckAsync(Upload upload)
    {
        var (content, points, findings) = await ReadAsync(upload, null);
        if (findings.Any || content.Readings.Count == 0) return (content, null, findings);
        try
        {
            await readings.WithPlacesAsync<ReadingOutcome>(async tx => throw new TakenBackException(await readings.AddAsync(tx, content.Readings, Profiles(points), ReadingOrigin.File, upload.Author, findings)));
        }
        catch (TakenBackException tried)
        {
            return (content, tried.Outcome, findings);
        }

        return (content, null, findings);
    }

    /// <summary>Takes an upload over, telling how far it is.</summary>
    public async Task TakeOverAsync(Upload upload)
    {
        var (content, points, findings) = await ReadAsync(upload, done => ProgressAsync(upload.UploadId, done, 0));
        await ProgressAsync(upload.UploadId, content.Rows, content.Rows);
        var outcome = findings.Any || content.Readings.Count == 0 ? null : await readings.AddAsync(content.Readings, Profiles(points), ReadingOrigin.File, CallerOf(upload), findings);
        bool isDone = outcome is not null && !findings.Any;
        string told = JsonSerializer.Serialize(findings.Told.Take(MostTold).Select(finding => new UploadFinding(finding.Row, finding.Field, finding.Code, finding.Text)));
        await database.WriteAsync(tx => tx.Prepare("UPDATE met_upload SET state = $1, created = $2, unchanged = $3, findings = $4 WHERE upload_id = $5")
            .Bind((long)(isDone ? UploadState.Done : UploadState.Refused)).Bind(isDone ? outcome!.Created + outcome.Corrected : 0).Bind(isDone ? outcome!.Unchanged : 0).Bind(told).Bind(upload.UploadId).RunAsync());
    }

    private async Task<(UploadContent Content, IReadOnlyDictionary<string, PointRow> Points, FormFindings Findings)> ReadAsync(Upload upload, Func<int, Task>? progress)
    {
        var findings = new FormFindings();
        IReadOnlyDictionary<string, PointRow> points;
        await using (var reader = await database.OpenReaderAsync()) points = (await PointReader.AfterAsync(reader, "", MostPoints, upload.Participant)).ToDictionary(point => point.Name, StringComparer.Ordinal);
        var content = await UploadTable.ReadAsync(upload.Content, upload.Mapping, points, CallerOf(upload), clock.UnixMicroseconds() / 1_000_000, findings, progress);
        return (content, points, findings);
    }

    private Task ProgressAsync(long id, int done, int all) => database.WriteAsync(tx => tx.Prepare("UPDATE met_upload SET rows_done = $1, rows_all = $2 WHERE upload_id = $3").Bind(done).Bind(all).Bind(id).RunAsync());

    private static Dictionary<long, string?> Profiles(IReadOnlyDictionary<string, PointRow> points) => points.Values.ToDictionary(point => point.PointId, point => point.Profile);

    /// <summary>Whoever sends a member's file reaches that member's points only.</summary>
    private static Caller CallerOf(Upload upload) => new(Roles.Member, upload.Author, upload.Participant, []);

    /// <summary>Ends a transaction that was only to be tried.</summary>
    private sealed class TakenBackException(ReadingOutcome outcome) : Exception
    {
        public ReadingOutcome Outcome => outcome;
    }
}

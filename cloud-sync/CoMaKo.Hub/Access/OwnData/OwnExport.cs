using System.IO.Compression;
using System.Text;

namespace CoMaKo.Hub.Access.OwnData;

/// <summary>Everything that is kept about one participant as one ZIP with a readme.</summary>
internal sealed class OwnExport(IEnumerable<IOwnData> contexts, TimeProvider clock)
{
    /// <summary>Years of quarter hours are read and packed; more at once would only keep each other waiting.</summary>
    private static readonly SemaphoreSlim Places = new(2);

    /// <summary>Makes the file in memory: three years of a point are some two megabytes.</summary>
    public async Task<byte[]> MakeAsync(string participant, CancellationToken stop)
    {
        await Places.WaitAsync(stop);
        try
        {
            using var memory = new MemoryStream();
            using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            {
                var archive = new OwnArchive(zip);
                foreach (var context in contexts)
                {
                    stop.ThrowIfCancellationRequested();
                    await context.WriteAsync(archive, participant);
                }

                archive.AddText("readme.txt", "", Readme(participant, archive.Files));
            }

            return memory.ToArray();
        }
        finally
        {
            Places.Release();
        }
    }

    private string Readme(string participant, IReadOnlyList<(string Name, string What)> files)
    {
        var text = new StringBuilder($"Everything that the cooperative's hub keeps about {participant}, as of {clock.GetUtcNow():yyyy-MM-dd HH:mm} UTC.\r\n\r\n");
        text.Append("CSV files are UTF-8 with commas and decimal points. Times are in UTC, days are those of Europe/Berlin. Energy is in kWh, money in EUR;\r\nabove zero is what you owe. An empty cell is an absent value, never 0.\r\n\r\n");
        foreach (var (name, what) in files) text.Append(name).Append("\r\n    ").Append(what).Append("\r\n");
        return text.ToString();
    }
}

using System.CommandLine;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Contracts;
using NodaTime;

namespace CoMaKo.Edge.Commands;

/// <summary>`comako-edge run`: the service. Exit codes: 0 stopped in order, 1 findings or a buffer that cannot be opened, 2 wrong use.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var line = new GatewayCommandLine();
        var command = new Command("run", "Read the building's devices, buffer their totals, send them to the hub and show the technicians' page.");
        line.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(line, parsed, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(GatewayCommandLine line, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (options, profiles, findings) = await line.ReadAsync(parsed, everyProfile: false, cancellationToken);
        if (options is null)
        {
            foreach (var finding in findings) await Console.Error.WriteLineAsync(finding.ToString());
            await Console.Error.WriteLineAsync("Nothing was started.");
            return 1;
        }

        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            var opened = Ports.Buffer[options.Building.Parts.Buffer].Create().Open(new StoreOptions(options.DataDirectory), RecordCodec.Encode, options.Clock);
            await using var store = opened.Outbox;
            await ReportAsync(opened, options, cancellationToken);
            using var memory = await OpenMemoryAsync(options);
            await using var app = GatewayHost.Build(options, profiles, store, memory);
            await app.RunAsync(cancellationToken);
            return store.IsDamaged ? 1 : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>Without its memory control knows no confirmed battery and no earlier limit: nothing is commanded, values are read and sent all the same.</summary>
    private static async Task<SqliteControlStore> OpenMemoryAsync(GatewayOptions options)
    {
        try
        {
            var (memory, aside) = SqliteControlStore.Open(options.DataDirectory, options.Clock);
            if (aside is not null) await Console.Error.WriteLineAsync($"CME-1605 Control's memory was unreadable and begins anew; it is kept as {aside}. Confirm the batteries' direction again.");
            return memory;
        }
        catch (StoreException e)
        {
            await Console.Error.WriteLineAsync($"CME-1605 {e.Message} Control goes on without memory until the next start.");
            return SqliteControlStore.Volatile();
        }
    }

    /// <summary>A buffer that had to be set aside is an alarm for the hub and evidence for the technician.</summary>
    private static async Task ReportAsync(StoreOpened opened, GatewayOptions options, CancellationToken cancellationToken)
    {
        if (opened.SetAside is not { } place) return;
        var alarm = new GatewayEvent(
            Instant.FromDateTimeOffset(options.Clock.GetUtcNow()), "CME-1602", "store", "The buffer was unreadable; it was set aside and a new one begun.",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["kept_as"] = Path.GetFileName(place), ["reason"] = opened.Reason ?? "" });
        await Console.Error.WriteLineAsync($"{alarm.Code} {alarm.Text} It is kept as {place}: {opened.Reason}");
        await opened.Outbox.AppendAsync([alarm], [], cancellationToken);
    }
}

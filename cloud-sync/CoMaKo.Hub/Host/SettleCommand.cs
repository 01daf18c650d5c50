using System.CommandLine;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary><c>comako-hub settle</c>: the agent's work now, for all groups, whether tonight's was done or not.</summary>
internal static class SettleCommand
{
    public static Command Create(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var clock = new Option<string?>("--clock") { Description = "Model clock for demonstrations: START/FACTOR/ORIGIN" };
        var settings = HubSettings.Option();
        var command = new Command("settle", "Settle all months of all balance groups now, as the nightly work does; may run beside hubs and repeats nothing") { data, server.Option, clock, settings };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = server.Read(parsed);
            if (!address.Success) return await FailAsync(address.Error.ToString(), 2);
            TimeProvider time = TimeProvider.System;
            if (parsed.GetValue(clock) is { } text)
            {
                var model = ModelTimeProvider.Parse(text);
                if (!model.Success) return await FailAsync(model.Error.ToString(), 2);
                time = model.Value!;
            }

            var (rules, findings) = HubSettings.Load(parsed.GetValue(settings)?.FullName, parsed.GetValue(data)!.FullName);
            if (findings.Count > 0) return await FailAsync(string.Join('\n', findings), 2);
            return await RunAsync(address.Value ?? DatabaseAddress.OfFile(HubOptions.DatabaseIn(parsed.GetValue(data)!.FullName)), rules, time, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(DatabaseAddress address, HubSettings settings, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (address.Engine == HubEngine.Sqlite && !File.Exists(address.ToString())) return await FailAsync($"CMH-2005. {address} does not exist. Name the folder that 'comako-hub run' uses.", 1);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(clock).AddSingleton(_ => HubSchema.Open(address))
            .AddSingleton(new EventOutbox(!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("RABBITMQ_URL"))))
            .AddSettlementParts(settings.Settlement).AddSingleton<LoadCurves>().AddSingleton<PointCurves>().BuildServiceProvider();
        var (inputs, agent, leases) = (services.GetRequiredService<ISettlementInputs>(), services.GetRequiredService<BalanceGroupAgent>(), services.GetRequiredService<GroupLeases>());
        int busy = 0;
        foreach (string group in await inputs.GroupsAsync())
        {
            Console.WriteLine($"{group}: settling");
            try
            {
                await leases.HoldAsync(group, async (lease, renew) =>
                {
                    await agent.SettleAllAsync(lease, group, renew, cancellationToken);
                    return true;
                });
                Console.WriteLine($"{group}: settled");
            }
            catch (GroupBusyException elsewhere)
            {
                busy++;
                await Console.Error.WriteLineAsync(elsewhere.Message);
            }
        }

        return busy == 0 ? 0 : 1;
    }

    private static async Task<int> FailAsync(string text, int code)
    {
        await Console.Error.WriteLineAsync(text);
        return code;
    }
}

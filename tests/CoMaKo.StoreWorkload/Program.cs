using CoMaKo.StoreWorkload;

switch (args)
{
    case ["append", var part, var directory] when StoreParts.All.TryGetValue(part, out var chosen):
        await Workload.AppendAsync(chosen, directory, Console.Out);
        return 0;
    case ["script", var part, var directory] when StoreParts.All.TryGetValue(part, out var chosen):
        await Workload.ScriptAsync(chosen, directory, Console.Out);
        return 0;
    default:
        await Console.Error.WriteLineAsync($"usage: CoMaKo.StoreWorkload append|script {string.Join('|', StoreParts.All.Keys)} DIR");
        return 2;
}

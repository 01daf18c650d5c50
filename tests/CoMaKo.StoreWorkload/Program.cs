using CoMaKo.StoreWorkload;

switch (args)
{
    case ["append", var directory]:
        await Workload.AppendAsync(directory, Console.Out);
        return 0;
    case ["script", var directory]:
        await Workload.ScriptAsync(directory, Console.Out);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: CoMaKo.StoreWorkload append DIR | script DIR");
        return 2;
}

using System.CommandLine;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;

namespace CoMaKo.Edge.Commands;

/// <summary>`comako-edge access --new-code`: the way back in for whoever stands at the box. Exit codes: 0 code printed, 1 accounts cannot be written, 2 wrong use.</summary>
internal static class AccessCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The gateway's data directory.", DefaultValueFactory = _ => new DirectoryInfo(GatewayCommandLine.UsualDataDirectory) };
        var renew = new Option<bool>("--new-code") { Description = "Make a one-time code for a new operator's account; an earlier code becomes void.", Required = true };
        var command = new Command("access", "Make a one-time code with which the technicians' page makes an operator's account. The service need not be stopped.") { data, renew };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(data)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(DirectoryInfo data, CancellationToken cancellationToken)
    {
        try
        {
            var (code, setAside) = await AccessRecovery.NewCodeAsync(new FileAccessStore(data.FullName, TimeProvider.System), cancellationToken);
            if (setAside is not null) await Console.Error.WriteLineAsync($"The accounts could not be read; the file is kept as {setAside}.");
            Console.WriteLine(code);
            return 0;
        }
        catch (AccessStoreException e)
        {
            await Console.Error.WriteLineAsync($"{AccessStoreException.Code} {e.Message}");
            return 1;
        }
    }
}

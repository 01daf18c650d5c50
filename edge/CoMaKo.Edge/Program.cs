using System.CommandLine;
using CoMaKo.Edge.Commands;

var command = new RootCommand("Gateway of a building: reads meters and inverters, keeps their totals and hands them to the hub.")
{
    RunCommand.Create(), CheckCommand.Create(), SmlDecodeCommand.Create(), VerifyStoreCommand.Create(), AccessCommand.Create(), PlanCommand.Create(),
};
var arguments = command.Parse(args);
int exit = arguments.Invoke();
return arguments.Errors.Count > 0 ? 2 : exit;

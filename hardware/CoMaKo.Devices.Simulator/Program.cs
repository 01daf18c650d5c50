using CoMaKo.Devices.Simulator;

var arguments = SimulatorCommand.Create().Parse(args);
int exit = await arguments.InvokeAsync();
return arguments.Errors.Count > 0 ? 2 : exit;

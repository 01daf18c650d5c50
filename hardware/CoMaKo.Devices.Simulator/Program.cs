using CoMaKo.Devices.Simulator;

return await SimulatorCommand.Create().Parse(args).InvokeAsync();

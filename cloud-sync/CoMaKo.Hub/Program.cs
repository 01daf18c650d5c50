using CoMaKo.Hub.Host;

return await HubCommands.RunAsync(args);

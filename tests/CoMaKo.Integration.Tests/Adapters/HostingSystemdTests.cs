using CoMaKo.Integration.Tests.Deploy;

namespace CoMaKo.Integration.Tests.Adapters;

/// <summary>The optional part: Microsoft.Extensions.Hosting.Systemd. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class HostingSystemdTests() : GatewayServiceContract("hosting-systemd");

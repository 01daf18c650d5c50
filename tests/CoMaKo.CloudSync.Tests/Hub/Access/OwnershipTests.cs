using System.Net;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>Real members before real things: what the matrix shows with stand-ins, once with the contexts' own answers.</summary>
public sealed class OwnershipTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Member_ReachesItsOwnPointAndRegister_AndNobodyElses(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await hub.SyncAsync(new TestGateway(null).Append(Begin("09:01", 1000), Total("09:15", 1100)));
        await PutAsync(hub, "/metering_points/ZP001", """{"participant":"p1","direction":"consumption"}""");
        await PutAsync(hub, "/metering_points/ZP002", """{"participant":"p2","direction":"consumption"}""");
        await PutAsync(hub, "/metering_points/ZP001/registers", $$"""{"registers":[{"register":"{{Import}}","direction":"consumption"}]}""");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK], await SeesAsync(hub, "p1"));
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.NotFound], await SeesAsync(hub, "p2"));
    }

    private static async Task<List<HttpStatusCode>> SeesAsync(RunningHub hub, string participant)
    {
        using var member = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, participant, participant), "test")).Text);
        var answers = new List<HttpStatusCode>();
        foreach (string path in (string[])["/metering_points/ZP001", "/metering_points/ZP002", $"/load_curves/{Import}", $"/load_curves/{Import}.csv"])
        {
            using var response = await member.GetAsync(new Uri(path, UriKind.Relative));
            answers.Add(response.StatusCode);
        }

        return answers;
    }

    private static async Task PutAsync(RunningHub hub, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await hub.Pages.PutAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}

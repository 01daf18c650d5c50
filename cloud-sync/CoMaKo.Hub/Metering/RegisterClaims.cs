using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Metering;

/// <summary>The registers that one batch names: read together, made where they are new, owned by the gateway that sent them first.</summary>
internal sealed class RegisterClaims(HubTransaction tx)
{
    private const string Select = "SELECT r.name, r.register_id, s.series_id, r.gateway_id FROM met_register r JOIN met_series s ON s.register_id = r.register_id WHERE r.name";

    private readonly List<(string Name, RegisterRow Row)> found = [];
    private readonly Dictionary<string, RegisterRow> rows = new(StringComparer.Ordinal);

    /// <summary>Asks for registers; they are known after the next statement that is waited for.</summary>
    public void Read(IEnumerable<RegisterId> registers)
    {
        string[] names = [.. registers.Select(register => register.Value)];
        if (tx is PostgresTransaction server) server.Prepare($"{Select} = ANY ($1)").Bind(names).Later(found, Of);
        else foreach (string name in names) tx.Prepare($"{Select} = $1").Bind(name).Later(found, Of);
    }

    /// <summary>Makes those that are new.</summary>
    public async ValueTask ClaimAsync(long gatewayId, IEnumerable<RegisterId> registers)
    {
        Take();
        // In one order everywhere: two gateways that claim the same new registers wait for each other, but never both.
        var missing = registers.Select(register => register.Value).Distinct(StringComparer.Ordinal).Where(name => !rows.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count == 0) return;
        foreach (string name in missing)
        {
            tx.Prepare("INSERT INTO met_register (name, gateway_id) VALUES ($1, $2) ON CONFLICT DO NOTHING").Bind(name).Bind(gatewayId).Later();
            tx.Prepare("INSERT INTO met_series (register_id) SELECT register_id FROM met_register WHERE name = $1 ON CONFLICT DO NOTHING").Bind(name).Later();
            tx.Prepare($"{Select} = $1").Bind(name).Later(found, Of);
        }

        await tx.SendAsync();
        Take();
    }

    /// <summary>A register that was claimed; absent if another gateway has it.</summary>
    public RegisterRow? Of(long gatewayId, RegisterId register) => rows[register.Value] is var row && row.GatewayId == gatewayId ? row : null;

    private void Take()
    {
        foreach (var (name, row) in found) rows[name] = row;
        found.Clear();
    }

    private static (string, RegisterRow) Of(IHubRow row) => (row.Text(0), new RegisterRow(row.Int64(1), row.Int64(2), row.Int64(3)));
}

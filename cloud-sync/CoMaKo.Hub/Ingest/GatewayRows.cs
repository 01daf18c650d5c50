using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>Gateways, epochs and notes inside a writing transaction. The writer is alone, which is the lock of the gateway's row.</summary>
internal static class GatewayRows
{
    /// <summary>The gateway's number; its row is made at the first contact.</summary>
    public static long Touch(HubTransaction tx, GatewayId gateway, long nowUs)
    {
        var touch = tx.Prepare("INSERT INTO ing_gateway (name, first_contact_us, last_contact_us) VALUES (?, ?2, ?2) ON CONFLICT (name) DO UPDATE SET last_contact_us = excluded.last_contact_us RETURNING gateway_id")
            .Bind(gateway.Value).Bind(nowUs);
        touch.Step();
        long id = touch.Int64(0);
        touch.Reset();
        return id;
    }

    /// <summary>The epoch; absent if no Hello made it.</summary>
    public static EpochRow? Find(HubTransaction tx, GatewayId gateway, ulong epoch)
    {
        var find = tx.Prepare("""
            SELECT e.gateway_id, e.created_us, e.base_sequence, e.base_chain, e.acked_sequence, e.acked_chain, c.epoch, c.created_us
            FROM ing_gateway g
            JOIN ing_epoch e ON e.gateway_id = g.gateway_id AND e.epoch = ?
            JOIN ing_epoch c ON c.gateway_id = g.gateway_id AND c.epoch = g.current_epoch
            WHERE g.name = ?
            """).Bind((long)epoch).Bind(gateway.Value);
        var row = find.Step()
            ? new EpochRow(find.Int64(0), (long)epoch, find.Int64(1), find.Int64(2), find.Blob(3), find.Int64(4), find.Blob(5), find.Int64(6), find.Int64(7))
            : null;
        find.Reset();
        return row;
    }

    /// <summary>Makes an epoch with base and mark before the first record that the gateway holds.</summary>
    public static void Create(HubTransaction tx, long gatewayId, HelloRequest hello, long nowUs)
    {
        long mark = hello.FirstHeldSequence - 1;
        var chain = hello.ChainBeforeFirstHeld.Span;
        tx.Prepare("INSERT INTO ing_epoch (gateway_id, epoch, created_us, base_sequence, base_chain, acked_sequence, acked_chain) VALUES (?, ?, ?, ?4, ?5, ?4, ?5)")
            .Bind(gatewayId).Bind((long)hello.Epoch).Bind(nowUs).Bind(mark).Bind(chain).Run();
        tx.Prepare("UPDATE ing_gateway SET current_epoch = ? WHERE gateway_id = ?").Bind((long)hello.Epoch).Bind(gatewayId).Run();
    }

    /// <summary>Notes what a gateway says of itself.</summary>
    public static void Describe(HubTransaction tx, long gatewayId, string softwareVersion, string buildingName, string? timeZone) =>
        tx.Prepare("UPDATE ing_gateway SET software_version = ?, building_name = ?, time_zone = coalesce(?, time_zone) WHERE gateway_id = ?")
            .Bind(softwareVersion).Bind(buildingName).Bind(timeZone).Bind(gatewayId).Run();

    /// <summary>Moves the mark of an epoch.</summary>
    public static void MoveMark(HubTransaction tx, EpochRow epoch, long sequence, ReadOnlySpan<byte> chain, long nowUs)
    {
        tx.Prepare("UPDATE ing_epoch SET acked_sequence = ?, acked_chain = ? WHERE gateway_id = ? AND epoch = ?")
            .Bind(sequence).Bind(chain).Bind(epoch.GatewayId).Bind(epoch.Epoch).Run();
        tx.Prepare("UPDATE ing_gateway SET last_contact_us = ? WHERE gateway_id = ?").Bind(nowUs).Bind(epoch.GatewayId).Run();
    }

    /// <summary>Tells the operator, once per gateway, code and subject.</summary>
    public static void Note(HubTransaction tx, long gatewayId, string code, string subject, string text, long nowUs) =>
        tx.Prepare("INSERT INTO ing_note (gateway_id, code, subject, text, at_us) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(gatewayId).Bind(code).Bind(subject).Bind(text).Bind(nowUs).Run();
}

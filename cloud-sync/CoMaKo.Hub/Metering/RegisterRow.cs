namespace CoMaKo.Hub.Metering;

/// <summary>A register's number, its series' number and the gateway it belongs to.</summary>
internal sealed record RegisterRow(long RegisterId, long SeriesId, long GatewayId);

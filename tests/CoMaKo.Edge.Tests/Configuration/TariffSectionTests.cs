using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Configuration;

public sealed class TariffSectionTests
{
    private const string Right = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp }
        devices:
          - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
        control:
          soc: { min: 10 %, max: 95 % }
          reserve: { percent: 20 % }
          gridCharging: true
        tariff:
          energy: { price: 11.2 ct, windows: [{ from: "22:00", until: "06:00", price: 0.08 EUR }] }
          levies: 6.4 ct
          gridFee:
            standard: 8.9 ct
            high: 12.6 ct
            low: 2.7 ct
            windows:
              - { from: "17:00", until: "20:00", level: high, quarters: [1, 4] }
              - { from: "20:00", until: "24:00", level: low }
          vat: 7 %
          export: { price: 7.9 ct, zeroWhenNegative: true }
          cooperative: { import: 10.5 ct, gridFee: true }
        wishes:
          dischargeToGrid: true
          gridCharge: { atMost: 24 ct, upTo: 80 % }
          targets: [{ by: "07:05", soc: 60 %, days: [mon, fri] }]
        """;

    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    [Fact]
    public void Read_RightFile_GivesTheTariff()
    {
        var tariff = Whole().Tariff!;
        var energy = Assert.IsType<FixedEnergyPrice>(tariff.Energy);
        Assert.Equal((11.2m, 6.4m, 7m), (energy.Cents, tariff.Levies, tariff.VatPercent));
        Assert.Equal(new PriceWindow(new(new(22, 0), new(6, 0)), 8), Assert.Single(energy.Windows));
        Assert.Equal((8.9m, 12.6m, 2.7m), (tariff.GridFee.Standard, tariff.GridFee.High, tariff.GridFee.Low));
        Assert.Equal((GridFeeLevel.High, new LocalTime(17, 0)), (tariff.GridFee.Windows[0].Level, tariff.GridFee.Windows[0].Window.From));
        Assert.Equal([1, 4], tariff.GridFee.Windows[0].Quarters.AsEnumerable());
        Assert.Equal(LocalTime.Midnight, tariff.GridFee.Windows[1].Window.Until);
        Assert.Equal([1, 2, 3, 4], tariff.GridFee.Windows[1].Quarters.AsEnumerable());
        Assert.Equal(new FixedExportPrice(7.9m, true), tariff.Export);
        Assert.Equal(new CooperativePrice(10.5m, 10, true), tariff.Cooperative);
    }

    [Fact]
    public void Read_RightFile_GivesTheWishesWithPermissionAndReserveOfControl()
    {
        var wishes = Whole().Wishes;
        Assert.Equal((true, true, 24m, 80m, 20m), (wishes.MayChargeFromGrid, wishes.MayDischargeToGrid, wishes.GridChargeMaxCents, wishes.GridChargeMaxPercent, wishes.ReservePercent));
        var target = Assert.Single(wishes.Targets);
        Assert.Equal((new LocalTime(7, 5), 60m), (target.By, target.Percent));
        Assert.Equal([IsoDayOfWeek.Monday, IsoDayOfWeek.Friday], target.Days.AsEnumerable());
    }

    [Fact]
    public void Costs_TwoBatteries_AreWeightedByTheirCapacity()
    {
        const string Lines = """
              - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
              - { id: one, role: battery, bus: lan, unit: 2, protocol: sunspec, control: { charge: 5 kW, discharge: 5 kW, capacity: 30 kWh, efficiency: 81 %, wear: 4 ct } }
              - { id: two, role: battery, bus: lan, unit: 3, protocol: sunspec, control: { charge: 5 kW, discharge: 5 kW, capacity: 10 kWh } }
            """;
        var building = Read(Right.Replace("  - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }", Lines, StringComparison.Ordinal)).Building!;
        var costs = PlantSettings.Costs(building);

        Assert.Equal((3 * 0.9 + 0.95) / 4, costs.EtaCharge, 1e-12);
        Assert.Equal(costs.EtaCharge, costs.EtaDischarge);
        Assert.Equal((3 * 0.04 + 0.02) / 4, costs.Wear, 1e-12);
        Assert.Equal(new(), PlantSettings.Costs(Whole()));
    }

    [Fact]
    public void Read_SpotPrices_NeedNoFixedOne()
    {
        var (building, findings) = Read(Right
            .Replace("""energy: { price: 11.2 ct, windows: [{ from: "22:00", until: "06:00", price: 0.08 EUR }] }""", "energy: { spot: true, markup: -0.4 ct }", StringComparison.Ordinal)
            .Replace("export: { price: 7.9 ct, zeroWhenNegative: true }", "export: { spot: true, fee: 0.3 ct }", StringComparison.Ordinal));
        Assert.Empty(findings);
        Assert.Equal((new SpotEnergyPrice(-0.4m), new SpotExportPrice(0.3m)), (building!.Tariff!.Energy, building.Tariff.Export));
    }

    [Fact]
    public void Read_FileWithoutThem_HasNoTariffAndTheCautiousWishes()
    {
        string text = Right[..Right.IndexOf("control:", StringComparison.Ordinal)];
        var building = Read(text).Building!;
        Assert.Null(building.Tariff);
        Assert.Equal((false, false, (decimal?)null), (building.Wishes.MayChargeFromGrid, building.Wishes.MayDischargeToGrid, building.Wishes.ReservePercent));
    }

    [Theory]
    [InlineData("energy: { price: 11.2 ct,", "energy: { price: 11.2,", "CME-1207", "tariff.energy.price", 13)]
    [InlineData("energy: { price: 11.2 ct,", "energy: { price: 1120 ct,", "CME-1207", "tariff.energy.price", 13)]
    [InlineData("energy: { price: 11.2 ct,", "energy: {", "CME-1205", "tariff.energy.price", 13)]
    [InlineData("energy: { price: 11.2 ct,", "energy: { price: 11.2 ct, markup: 1 ct,", "CME-1204", "tariff.energy.markup", 13)]
    [InlineData("  export: { price: 7.9 ct, zeroWhenNegative: true }\n", "", "CME-1205", "tariff.export", 13)]
    [InlineData("export: { price: 7.9 ct,", "export: { spot: true,", "CME-1204", "tariff.export.zeroWhenNegative", 23)]
    [InlineData("from: \"22:00\"", "from: \"22:05\"", "CME-1207", "tariff.energy.windows[0].from", 13)]
    [InlineData("level: low }", "level: lowest }", "CME-1207", "tariff.gridFee.windows[1].level", 21)]
    [InlineData("    low: 2.7 ct\n", "", "CME-2120", "tariff.gridFee.windows[1]", 15)]
    [InlineData("high: 12.6 ct", "high: 2.6 ct", "CME-2120", "tariff.gridFee.high", 15)]
    [InlineData("import: 10.5 ct", "import: 9 ct", "CME-2120", "tariff.cooperative.export", 24)]
    [InlineData("vat: 7 %", "vat: 119 %", "CME-1207", "tariff.vat", 22)]
    [InlineData("vat: 7 %", "tax: 7 %", "CME-1204", "tariff.tax", 22)]
    [InlineData("gridCharging: true", "gridCharging: false", "CME-2130", "wishes.gridCharge", 27)]
    [InlineData("upTo: 80 %", "upTo: 5 %", "CME-2130", "wishes.gridCharge.upTo", 27)]
    [InlineData("soc: 60 %", "soc: 96 %", "CME-2130", "wishes.targets[0].soc", 28)]
    [InlineData("soc: 60 %", "soc: 15 %", "CME-2130", "wishes.targets[0].soc", 28)]
    [InlineData("soc: 60 %, ", "", "CME-1205", "wishes.targets[0].soc", 28)]
    [InlineData("by: \"07:05\"", "by: \"7:05\"", "CME-1207", "wishes.targets[0].by", 28)]
    [InlineData("[mon, fri] }]", "[mon, fri] }, { by: \"07:05\", soc: 50 % }]", "CME-2130", "wishes.targets[1]", 28)]
    [InlineData("[mon, fri]", "[monday]", "CME-1207", "wishes.targets[0].days[0]", 28)]
    public void Read_OneMistake_IsFoundAtItsPlace(string right, string wrong, string code, string path, int line)
    {
        string text = Right.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Right, text);
        var (building, findings) = Read(text);
        Assert.Null(building);
        var finding = Assert.Single(findings);
        Assert.Equal((code, path, line), (finding.Code, finding.Path, finding.Line));
    }

    [Fact]
    public void Read_RandomDamage_NeverThrows()
    {
        var random = new Random(20261121);
        for (int i = 0; i < 2000; i++)
        {
            char[] text = Right.ToCharArray();
            for (int n = 0; n < 1 + i % 5; n++) text[random.Next(300, text.Length)] = "\n:{}[]-%c'\"x9 \t\0"[random.Next(16)];
            var (building, findings) = Read(new string(text));
            Assert.True(building is null != (findings.Count == 0));
        }
    }

    private static Building Whole()
    {
        var (building, findings) = Read(Right);
        Assert.Empty(findings);
        return building!;
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), Profiles);
}

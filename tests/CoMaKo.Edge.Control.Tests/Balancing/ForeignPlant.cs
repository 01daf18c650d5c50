using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>The plant of <c>peers/battery_plant.py</c>: equations, solver, metering and scoring are not of this program, nor of its language.</summary>
internal sealed class ForeignPlant : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private readonly Process python;

    public ForeignPlant()
    {
        string script = Repository.At("tests", "CoMaKo.Edge.Control.Tests", "peers", "battery_plant.py");
        python = Process.Start(new ProcessStartInfo(Peers.Python, [script]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Drives the law on one plant to its end and returns each load step's figures.</summary>
    public StepResponse[] Run(Description plant, BalancingLaw law)
    {
        Ask(JsonSerializer.Serialize(plant, Web));
        var wish = new BatteryWish(BatteryMode.Balance, LoopRun.FiveKilowatts, GridTargets.Normal);
        while (Ask("next") is var answer && answer != "end")
        {
            double[] words = [.. answer.Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
            var battery = new BatteryImage(LoopRun.First, LoopRun.Sample(words[2], words[0]), null, null, null, null, true, false);
            var step = law.Next(LoopRun.Image(words[0], LoopRun.Sample(words[1], words[0], plant.Period), battery), wish, LoopRun.FiveKilowatts);
            if (step.Wanted is not { } wanted) continue;
            double at = words[0] + 0.05;
            Ask(string.Create(CultureInfo.InvariantCulture, $"write {at:R} {wanted.Watts}"));
            law.Confirm(LoopRun.First, wanted, Duration.FromSeconds(at));
        }

        return JsonSerializer.Deserialize<StepResponse[]>(Ask("result"), Web)!;
    }

    public void Dispose()
    {
        python.StandardInput.Close();
        python.WaitForExit();
        python.Dispose();
    }

    private string Ask(string line)
    {
        python.StandardInput.WriteLine(line);
        return python.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The plant has gone; its message is on the standard error.");
    }

    /// <param name="DeadTime">Of the inverter; the total delay is this and <paramref name="MeterLatency"/>.</param>
    /// <param name="Phase">Of the meter, in seconds.</param>
    public sealed record Description(double DeadTime, double MeterLatency, double Phase)
    {
        public double Tau { get; init; } = 2;

        public double Ramp { get; init; } = 1e9;

        public double Gain { get; init; } = 1;

        public double Period { get; init; } = 1;

        public double First { get; init; } = 30;

        public double Apart { get; init; } = 45;

        public double[] Levels { get; init; } = [500, 3500, 500, -2500, 500];

        public double Target { get; init; } = 30;
    }
}

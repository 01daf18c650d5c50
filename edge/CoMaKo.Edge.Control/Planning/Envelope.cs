namespace CoMaKo.Edge.Control.Planning;

/// <summary>A continuous piecewise-linear function as breakpoints: place, value and slope of each piece. Memory is reused.</summary>
internal sealed class Envelope
{
    /// <summary>A function must be lower by more than this, EUR, to take over: otherwise two equal functions would swap for ever by rounding.</summary>
    private const double ValueTolerance = 1e-12;

    private const double SlopeTolerance = 1e-13;

    private double[] places = new double[64];
    private double[] costs = new double[64];
    private double[] slopes = new double[64];

    public int Count { get; private set; }

    /// <summary>Right end; the left end is the first place.</summary>
    public double End { get; private set; }

    public double Start => places[0];

    public double SlopeOf(int piece) => slopes[piece];

    public double PlaceOf(int piece) => piece < Count ? places[piece] : End;

    public double CostOf(int piece) => costs[piece];

    public void Clear() => Count = 0;

    /// <summary>Appends a piece; its place must not lie before the last one. A jump stays until the function that closes it is taken in.</summary>
    public void Add(double place, double cost, double slope)
    {
        if (Count > 0 && places[Count - 1] >= place) Count--;
        if (Count > 0 && Math.Abs(slopes[Count - 1] - slope) < SlopeTolerance && Math.Abs(At(Count - 1, place) - cost) <= 2 * ValueTolerance) return;
        if (Count == places.Length) Grow();
        (places[Count], costs[Count], slopes[Count]) = (place, cost, slope);
        Count++;
    }

    public void Close(double end) => End = end;

    /// <summary>Becomes the least of itself and another function whose start lies inside this one or at its end.</summary>
    /// <param name="scratch">Memory for the part that changes.</param>
    public void TakeLeast(Envelope other, Envelope scratch)
    {
        if (Count == 0)
        {
            CopyFrom(other);
            return;
        }

        int first = PieceAt(other.Start);
        scratch.Clear();
        if (places[first] < other.Start) scratch.Add(places[first], costs[first], slopes[first]);
        var sweep = new Sweep(this, first, other, scratch);
        sweep.Run();
        Count = first;
        for (int i = 0; i < scratch.Count; i++) Add(scratch.places[i], scratch.costs[i], scratch.slopes[i]);
        End = Math.Max(End, other.End);
    }

    private void CopyFrom(Envelope other)
    {
        for (int i = 0; i < other.Count; i++) Add(other.places[i], other.costs[i], other.slopes[i]);
        End = other.End;
    }

    private int PieceAt(double place)
    {
        int found = Array.BinarySearch(places, 0, Count, place);
        return found >= 0 ? found : Math.Max(0, ~found - 1);
    }

    private double At(int piece, double place) => costs[piece] + slopes[piece] * (place - places[piece]);

    private void Grow()
    {
        Array.Resize(ref places, 2 * Count);
        Array.Resize(ref costs, 2 * Count);
        Array.Resize(ref slopes, 2 * Count);
    }

    /// <summary>Walks along two functions and writes the lower one.</summary>
    private ref struct Sweep(Envelope a, int pieceA, Envelope b, Envelope into)
    {
        private int pieceA = pieceA;
        private int pieceB;

        public void Run()
        {
            double place = b.Start, overlap = Math.Min(a.End, b.End);
            bool isOnB = false;
            while (place < overlap)
            {
                double end = Math.Min(overlap, Math.Min(a.PlaceOf(pieceA + 1), b.PlaceOf(pieceB + 1)));
                double before = b.At(pieceB, place) - a.At(pieceA, place), after = b.At(pieceB, end) - a.At(pieceA, end);
                if (HasLost(isOnB, before)) isOnB = !isOnB;
                AddLower(place, isOnB);
                if (HasLost(isOnB, after))
                {
                    isOnB = !isOnB;
                    AddLower(Math.Clamp(place + before / (a.slopes[pieceA] - b.slopes[pieceB]), place, end), isOnB);
                }

                place = end;
                if (pieceA + 1 < a.Count && a.places[pieceA + 1] <= place) pieceA++;
                if (pieceB + 1 < b.Count && b.places[pieceB + 1] <= place) pieceB++;
            }

            if (a.End > b.End) AddRest(a, pieceA, place);
            else if (b.End > a.End) AddRest(b, pieceB, place);
        }

        /// <param name="lead">How far b lies above a.</param>
        private static bool HasLost(bool isOnB, double lead) => isOnB ? lead > ValueTolerance : lead < -ValueTolerance;

        private readonly void AddLower(double place, bool isOnB)
        {
            if (isOnB) into.Add(place, b.At(pieceB, place), b.slopes[pieceB]);
            else into.Add(place, a.At(pieceA, place), a.slopes[pieceA]);
        }

        private readonly void AddRest(Envelope of, int piece, double place)
        {
            into.Add(place, of.At(piece, place), of.slopes[piece]);
            for (int i = piece + 1; i < of.Count; i++) into.Add(of.places[i], of.costs[i], of.slopes[i]);
        }
    }
}

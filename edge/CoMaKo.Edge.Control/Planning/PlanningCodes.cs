namespace CoMaKo.Edge.Control.Planning;

/// <summary>Stable codes of planning problems and tariffs.</summary>
public static class PlanningCodes
{
    /// <summary>The file cannot be read.</summary>
    public const string Unreadable = "CME-2100";

    /// <summary>No JSON, or too large to be one planning problem.</summary>
    public const string NoJson = "CME-2101";

    /// <summary>A key that means nothing here.</summary>
    public const string UnknownKey = "CME-2102";

    public const string DuplicateKey = "CME-2103";

    public const string MissingKey = "CME-2104";

    /// <summary>Another kind of value is expected.</summary>
    public const string WrongType = "CME-2105";

    /// <summary>A number outside of what it can mean.</summary>
    public const string OutOfRange = "CME-2106";

    /// <summary>An array has another length than the steps.</summary>
    public const string WrongLength = "CME-2107";

    /// <summary>Values that contradict each other.</summary>
    public const string Contradiction = "CME-2108";

    /// <summary>A cap of the grid connection that no plan can keep.</summary>
    public const string CapCannotBeKept = "CME-2110";

    /// <summary>The exact solution takes more memory than a plan may.</summary>
    public const string TooLarge = "CME-2111";

    /// <summary>A setting of a tariff that cannot be meant.</summary>
    public const string WrongTariff = "CME-2120";

    /// <summary>Prices of the cooperative do not lie between feed-in and supplier; they were clipped.</summary>
    public const string PricesOutOfOrder = "CME-2121";

    /// <summary>A day-ahead price is neither known nor to be expected.</summary>
    public const string NoSpotPrice = "CME-2122";

    /// <summary>Day-ahead prices that cannot be meant, e.g. in another unit; none of them is used.</summary>
    public const string WrongPrices = "CME-2123";

    /// <summary>A wish of the owner that cannot be meant.</summary>
    public const string WrongWish = "CME-2130";

    /// <summary>The gateway could not make a plan.</summary>
    public const string PlanFailed = "CME-2140";
}

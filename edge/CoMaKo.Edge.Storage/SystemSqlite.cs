using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace CoMaKo.Edge.Storage;

/// <summary>Binds SQLite to the system's <c>libsqlite3.so.0</c>, which the distribution keeps secure.</summary>
public static class SystemSqlite
{
    private const string Library = "libsqlite3.so.0";
    private static readonly Lazy<bool> Bound = new(Bind);

    /// <exception cref="StoreException"><c>CME-1706</c>: the library is missing.</exception>
    public static void Use() => _ = Bound.Value;

    private static bool Bind()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new StoreException("CME-1706", $"The system library {Library} is missing. Install it: sudo apt-get install libsqlite3-0");
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // Another part of this process (a test with gateway and hub) has bound the same library already.
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == "e_sqlite3" ? NativeLibrary.Load(Library) : IntPtr.Zero;
}

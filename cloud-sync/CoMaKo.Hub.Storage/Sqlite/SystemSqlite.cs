using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>Binds SQLite to the distribution's <c>libsqlite3.so.0</c>, which the distribution keeps secure.</summary>
internal static class SystemSqlite
{
    private static readonly Lazy<bool> Bound = new(Bind, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Makes the library usable; harmless when repeated.</summary>
    /// <exception cref="DllNotFoundException">The package libsqlite3-0 is not installed.</exception>
    public static void Use() => _ = Bound.Value;

    private static bool Bind()
    {
        Assembly provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
        try
        {
            NativeLibrary.SetDllImportResolver(provider, (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : IntPtr.Zero);
        }
        catch (InvalidOperationException)
        {
            // Another part of the same process (a test with both stores in it) has set the same resolver.
        }

        try
        {
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
        }
        catch (DllNotFoundException missing)
        {
            throw new DllNotFoundException("CMH-2001. The system library libsqlite3.so.0 is missing. Install the package libsqlite3-0.", missing);
        }

        return true;
    }
}

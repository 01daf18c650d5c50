using System.Runtime.InteropServices;

namespace CoMaKo.Devices.Linux.Mqtt;

/// <summary>The calls of libmosquitto that this project needs (mosquitto.h 2.0; unchanged since 1.5).</summary>
internal static unsafe partial class Mosquitto
{
    /// <summary>Debian's library; the package is <c>libmosquitto1</c>.</summary>
    public const string Library = "libmosquitto.so.1";

    public const int Success = 0, NoConnection = 4, ConnectionRefused = 5, ConnectionLost = 7, Tls = 8, AccessDenied = 12, Errno = 14, Resolve = 15, KeepAlive = 19, Lookup = 20, TlsHandshake = 23;

    public const int ProtocolVersion = 1, TcpNoDelay = 12;

    private static readonly Lazy<bool> Found = new(() => NativeLibrary.TryLoad(Library, out _) && Initialise() == Success);

    /// <summary>Whether the library is on this machine; then it is ready for use, for as long as the process runs.</summary>
    public static bool IsThere => Found.Value;

    [LibraryImport(Library, EntryPoint = "mosquitto_lib_init")]
    private static partial int Initialise();

    [LibraryImport(Library, EntryPoint = "mosquitto_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint New(string id, [MarshalAs(UnmanagedType.U1)] bool cleanSession, nint user);

    [LibraryImport(Library, EntryPoint = "mosquitto_destroy")]
    public static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_threaded_set")]
    public static partial int SetThreaded(nint client, [MarshalAs(UnmanagedType.U1)] bool threaded);

    [LibraryImport(Library, EntryPoint = "mosquitto_int_option")]
    public static partial int SetOption(nint client, int option, int value);

    [LibraryImport(Library, EntryPoint = "mosquitto_will_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetWill(nint client, string topic, int length, byte* payload, int qos, [MarshalAs(UnmanagedType.U1)] bool retain);

    [LibraryImport(Library, EntryPoint = "mosquitto_username_pw_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetUser(nint client, string? user, string? password);

    [LibraryImport(Library, EntryPoint = "mosquitto_tls_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetTls(nint client, string? authorityFile, string? authorityFolder, string? certificateFile, string? keyFile, nint passPhrase);

    [LibraryImport(Library, EntryPoint = "mosquitto_connect_async", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Connect(nint client, string host, int port, int keepAliveSeconds);

    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect")]
    public static partial int Disconnect(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_socket")]
    public static partial int Socket(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_loop", SetLastError = true)]
    public static partial int Loop(nint client, int milliseconds, int mostPackets);

    [LibraryImport(Library, EntryPoint = "mosquitto_subscribe", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Subscribe(nint client, int* id, string topic, int qos);

    [LibraryImport(Library, EntryPoint = "mosquitto_publish", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Publish(nint client, int* id, string topic, int length, byte* payload, int qos, [MarshalAs(UnmanagedType.U1)] bool retain);

    [LibraryImport(Library, EntryPoint = "mosquitto_connect_callback_set")]
    public static partial void OnConnect(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_message_callback_set")]
    public static partial void OnMessage(nint client, delegate* unmanaged[Cdecl]<nint, nint, Message*, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_subscribe_callback_set")]
    public static partial void OnSubscribe(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, int*, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_publish_callback_set")]
    public static partial void OnPublish(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_strerror")]
    private static partial nint Words(int error);

    /// <summary>The library's words for its error number.</summary>
    public static string WordsOf(int error) => Marshal.PtrToStringUTF8(Words(error))?.TrimEnd('.') ?? "unknown error";

    /// <summary>struct mosquitto_message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Id;
        public byte* Topic;
        public byte* Payload;
        public int Length;
        public int Qos;
        public byte Retain;
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Devices.Linux;

/// <summary>
/// Waits until a descriptor can be read or written, without a blocked thread per line: one epoll thread serves all lines of the process.
/// One waiter at a time; waking up without cause is allowed, so the caller tries and waits again.
/// </summary>
internal sealed class Readiness : IValueTaskSource, IDisposable
{
    private readonly SafeFileHandle descriptor;
    private readonly bool forWriting;
    private readonly long id;
    private ManualResetValueTaskSourceCore<bool> source;
    private bool registered;
    private int waiting;
    private volatile bool disposed;

    /// <param name="descriptor">Not shared with another <see cref="Readiness"/>: the kernel keeps one entry for each descriptor.</param>
    /// <param name="forWriting">Wait for space instead of bytes.</param>
    public Readiness(SafeFileHandle descriptor, bool forWriting)
    {
        this.descriptor = descriptor;
        this.forWriting = forWriting;
        source.RunContinuationsAsynchronously = true;
        id = EventPoll.Add(this);
    }

    /// <summary>Completes when the descriptor is ready, hung up or in error.</summary>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        source.Reset();
        Volatile.Write(ref waiting, 1);
        var completion = new ValueTask(this, source.Version);
        using (cancellationToken.UnsafeRegister(static (state, token) => ((Readiness)state!).Finish(new OperationCanceledException(token)), this))
        {
            EventPoll.Arm(id, descriptor, forWriting, registered);
            registered = true;
            if (disposed) Finish(new ObjectDisposedException(nameof(Readiness)));
            await completion;
        }
    }

    internal void Finish(Exception? error)
    {
        if (Interlocked.Exchange(ref waiting, 0) == 0) return;
        if (error is null) source.SetResult(true);
        else source.SetException(error);
    }

    public void Dispose()
    {
        disposed = true;
        EventPoll.Remove(id);
        Finish(new ObjectDisposedException(nameof(Readiness)));
    }

    void IValueTaskSource.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    /// <summary>The process's epoll instance and its thread.</summary>
    private static unsafe class EventPoll
    {
        private const uint In = 0x1, Out = 0x4, OneShot = 1u << 30;
        private const int Add1 = 1, Modify = 3, Batch = 32;

        // struct epoll_event is packed on x86 and naturally aligned elsewhere.
        private static readonly bool Packed = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
        private static readonly int Size = Packed ? 12 : 16;
        private static readonly int DataOffset = Packed ? 4 : 8;

        private static readonly ConcurrentDictionary<long, Readiness> Waiters = new();
        private static readonly int Descriptor = Start();
        private static long lastId;

        public static long Add(Readiness waiter)
        {
            long id = Interlocked.Increment(ref lastId);
            Waiters[id] = waiter;
            return id;
        }

        public static void Remove(long id) => Waiters.TryRemove(id, out _);

        public static void Arm(long id, SafeFileHandle descriptor, bool forWriting, bool registered)
        {
            byte* entry = stackalloc byte[16];
            *(uint*)entry = (forWriting ? Out : In) | OneShot;
            *(long*)(entry + DataOffset) = id;
            if (LibC.ControlEventPoll(Descriptor, registered ? Modify : Add1, descriptor, entry) != 0)
                throw new IOException($"epoll_ctl failed: {LibC.Words(Marshal.GetLastPInvokeError())}.");
        }

        private static int Start()
        {
            int poll = LibC.CreateEventPoll(LibC.CloseOnExec);
            if (poll < 0) throw new IOException($"epoll_create1 failed: {LibC.Words(Marshal.GetLastPInvokeError())}.");
            new Thread(() => Run(poll)) { IsBackground = true, Name = "serial lines" }.Start();
            return poll;
        }

        private static void Run(int poll)
        {
            byte* entries = stackalloc byte[Batch * 16];
            while (true)
            {
                int count = LibC.WaitEventPoll(poll, entries, Batch, -1);
                for (int i = 0; i < count; i++)
                    if (Waiters.TryGetValue(*(long*)(entries + i * Size + DataOffset), out var waiter)) waiter.Finish(null);
            }
        }
    }
}

using System.Globalization;

namespace Arda.Gateway.Storage;

/// <summary>Another process owns the data directory, or it cannot be used at all.</summary>
public sealed class DataDirectoryInUseException(string message, Exception inner)
    : IOException(message, inner);

/// <summary>
/// The exclusive right to a data directory. The operating system frees it when the process dies,
/// however it dies, so a free lock proves that the former owner can write no more.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "gateway.lock";
    private const string OwnerName = "gateway.pid";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <exception cref="DataDirectoryInUseException">Another process owns it.</exception>
    public static DataDirectory Lock(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(full);
        var file = System.IO.Path.Combine(full, LockName);
        // A file of its own: the lock would keep others from reading who holds it.
        var owner = System.IO.Path.Combine(full, OwnerName);
        try
        {
            var held = new FileStream(
                file,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            File.WriteAllText(owner, self);
            return new DataDirectory(full, held);
        }
        catch (IOException inner)
        {
            throw new DataDirectoryInUseException(
                $"The data directory {full} is in use by process {ReadOwner(owner)}. "
                    + "Stop that process, send the command to it over HTTP, or start this one "
                    + "with another data directory.",
                inner
            );
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string ReadOwner(string file) =>
        File.Exists(file) ? File.ReadAllText(file) : "(unknown)";
}

using System.Globalization;
using System.Text;

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

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <exception cref="DataDirectoryInUseException">Another process owns it.</exception>
    public static DataDirectory Lock(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(full);
        var file = System.IO.Path.Combine(full, LockName);
        try
        {
            var held = new FileStream(
                file,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            WriteOwner(held);
            return new DataDirectory(full, held);
        }
        catch (IOException inner)
        {
            throw new DataDirectoryInUseException(
                $"The data directory {full} is in use by process {ReadOwner(file)}. "
                    + "Stop that process, send the command to it over HTTP, or start this one "
                    + "with another data directory.",
                inner
            );
        }
    }

    public void Dispose() => _lock.Dispose();

    private static void WriteOwner(FileStream held)
    {
        held.SetLength(0);
        var text = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        held.Write(Encoding.ASCII.GetBytes(text));
        held.Flush();
    }

    private static string ReadOwner(string file)
    {
        try
        {
            // Shared for both, which takes no lock: the owner's would refuse any other way.
            using var stream = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite
            );
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd() is { Length: > 0 } owner ? owner : "(unknown)";
        }
        catch (IOException)
        {
            return "(unknown)";
        }
    }
}

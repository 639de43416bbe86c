using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Tracking.Server;

/// <summary>The certificate that the server shows, out of PEM files; read at start, so a renewed one needs a restart.</summary>
internal static class ServerTls
{
    /// <summary>Reads a certificate, whatever follows it in its file (the chain), and its key.</summary>
    /// <exception cref="Complaint">They cannot be read, or do not belong together.</exception>
    public static HttpsConnectionAdapterOptions Read(string certificateFile, string keyFile)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(certificateFile);
            return new HttpsConnectionAdapterOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile),
                ServerCertificateChain = chain,
            };
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new Complaint($"Tracking:TlsCertificate '{certificateFile}' with Tracking:TlsKey '{keyFile}' cannot be used: {unreadable.Message}");
        }
    }
}

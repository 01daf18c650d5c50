namespace CoMaKo.Hub.Storage;

/// <summary>The row at which a statement stands; columns from 0. Valid only while it is read.</summary>
public interface IHubRow
{
    bool IsNull(int column);

    long Int64(int column);

    string Text(int column);

    byte[] Blob(int column);
}

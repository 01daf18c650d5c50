namespace CoMaKo.Edge.Storage;

internal sealed partial class SqliteTables
{
    public void LowerAcknowledgements(long sequence) => connection.Execute("UPDATE acknowledgement SET sequence = $1 WHERE sequence > $1", sequence);

    public void ForgetAcknowledgements() => connection.Execute("DELETE FROM acknowledgement");

    public void NoteAcknowledged(long day, long sequence)
    {
        connection.Execute("DELETE FROM acknowledgement WHERE unix_day >= $1 AND sequence <= $2", day, sequence);
        connection.Execute("INSERT INTO acknowledgement SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM acknowledgement WHERE sequence >= $2)", day, sequence);
    }

    public long AcknowledgedBefore(long day, int days) => connection.Scalar<long>(
        "SELECT MAX(sequence) FROM (SELECT sequence FROM acknowledgement WHERE unix_day < $1 ORDER BY unix_day LIMIT $2)", day, days);

    public long OldestSlot() => connection.Scalar<long>("SELECT slot_end FROM total WHERE segment > 0 ORDER BY sequence LIMIT 1");

    public long FirstTotalBeyond(long slotEnd) =>
        connection.Scalar<long>("SELECT sequence FROM total WHERE segment > 0 AND slot_end > $1 ORDER BY sequence LIMIT 1", slotEnd);

    public IReadOnlyList<long> NeededBegins(long cut) => connection.Query(
        """
        SELECT s.sequence FROM segment s JOIN register r ON r.id = s.register
        WHERE s.sequence <= $1 AND s.is_end = 0 AND ((s.segment = r.last_segment AND r.last_closed = 0)
            OR EXISTS (SELECT 1 FROM total t WHERE t.register = s.register AND t.segment = s.segment AND t.sequence > $1))
        ORDER BY s.sequence
        """,
        r => r.GetInt64(0), cut);

    public void MoveBegin(long sequence, long to) => connection.Execute("UPDATE segment SET sequence = $2 WHERE sequence = $1", sequence, to);

    public int DeleteUpTo(long sequence)
    {
        int deleted = connection.Execute("DELETE FROM record WHERE sequence <= $1", sequence);
        connection.Execute("DELETE FROM total WHERE sequence <= $1", sequence);
        connection.Execute("DELETE FROM segment WHERE sequence <= $1", sequence);
        connection.Execute("DELETE FROM acknowledgement WHERE sequence <= $1", sequence);
        return deleted;
    }
}

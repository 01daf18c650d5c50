-- A published run never changes: neither do its inputs and the completeness of its points.
CREATE TRIGGER mkt_run_input_updated AFTER UPDATE ON mkt_run_input REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_input_deleted AFTER DELETE ON mkt_run_input REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_point_updated AFTER UPDATE ON mkt_run_point REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_point_deleted AFTER DELETE ON mkt_run_point REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();

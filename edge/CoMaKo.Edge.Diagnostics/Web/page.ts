import "../../../contracts/web/stream";

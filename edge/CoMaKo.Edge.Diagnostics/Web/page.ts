import "../../../contracts/web/stream";
import "./parts/chart";
import "./parts/test";

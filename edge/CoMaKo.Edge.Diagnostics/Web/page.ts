import "./elements/live";
